"""The report in HTML: from tracked records alone, and without anything from outside."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from conftest import chromium, emotion, write_run
from PIL import Image

from emotion_lib import artifacts
from emotion_lib.experiments import html_report, results, results_pages
from emotion_lib.paths import ROOT, artifacts_dir

# An address that a browser would load by itself; a link is none.
LOADED = re.compile(r"<(?:script|link|iframe)|src=.https?:|url\(|@import", re.IGNORECASE)


@pytest.fixture
def quick_figures(monkeypatch):
    """Write blank figures: drawing them is tested elsewhere."""

    def write_blank(draw, file):
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (720, 400)).save(file)

    for module in (results, results_pages):
        monkeypatch.setattr(module, "write_figure", write_blank)


def pages_of(folder):
    """Return the text of every page by its path within the folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.html")
    }


def test_tracked_records_alone_are_enough(quick_figures, tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "artifacts"))
    for file in (ROOT / "artifacts").rglob("run.json"):
        folder = tmp_path / "artifacts" / file.parent.relative_to(ROOT / "artifacts")
        folder.mkdir(parents=True)
        for name in artifacts.TRACKED_FILES:
            if (file.parent / name).is_file():
                shutil.copy(file.parent / name, folder)
    first = html_report.write_html()
    pages = pages_of(first.parent)
    runs = artifacts.runs()
    assert len(runs) > 40
    together = "".join(pages.values())
    for run in runs:
        assert f"<code>{run.name}</code>" in together
        assert f"results/{run.name.split('/')[0]}.html" in pages["index.html"]
    for page in pages.values():
        assert not LOADED.search(page)
        assert "default-src 'none'" in page
    for name, page in pages.items():
        for address in re.findall(r'(?:href|src)="([^"#:]+)[#"]', page):
            assert (first.parent / Path(name).parent / address).exists(), (name, address)


def test_executed_notebooks_join_without_their_log(
    quick_figures, recorded_runs, monkeypatch, capsys
):
    outputs = [
        nbformat.v4.new_output("stream", text="Epoch 1/2\n1/9 ━━━━ 2s 1ms/step\rdone\ntwo\n"),
        nbformat.v4.new_output("stream", name="stderr", text="W0000 a warning\n"),
        nbformat.v4.new_output("display_data", {"text/html": "<script src='https://x'></script>"}),
    ]
    cells = [
        nbformat.v4.new_markdown_cell("# 01 · A run\n\n![far](https://x/y.png) ![gone](no.png)"),
        nbformat.v4.new_code_cell("1 + 1", outputs=outputs),
    ]
    copy = nbformat.v4.new_notebook(cells=cells)
    nbformat.write(copy, recorded_runs / "01_first" / "01_first.ipynb")
    (recorded_runs / "smoke" / "01_first").mkdir(parents=True)
    nbformat.write(copy, recorded_runs / "smoke" / "01_first" / "01_first.ipynb")
    assert emotion(monkeypatch, "report", "html") == 0
    first = artifacts_dir() / "report" / "index.html"
    assert capsys.readouterr().out.strip() == str(first)
    pages = pages_of(first.parent)
    assert [name for name in pages if name.startswith("executed")] == ["executed/01_first.html"]
    page = pages["executed/01_first.html"]
    assert "two" in page and "done" in page
    assert "Epoch" not in page and "warning" not in page
    assert "<img" not in page  # neither from elsewhere nor of a missing file
    assert not LOADED.search(page)
    assert 'href="../executed/01_first.html"' in pages["results/01_first.html"]
    assert '<a href="01_first/recall.webp"><img' in pages["results/01_first.html"]
    assert 'href="executed/01_first.html"' in pages["notebooks.html"]


def test_pages_of_former_runs_are_removed(quick_figures, recorded_runs):
    old = html_report.write_html().with_name("executed") / "00_gone.html"
    old.write_text("old")
    html_report.write_html()
    assert not old.exists()


def test_seeds_are_folded_and_still_all_there(quick_figures, recorded_runs):
    for seed in range(3):
        write_run(recorded_runs, f"02_second/many-{seed}", seed=seed, data={"name": "fer2013"})
    pages = pages_of(html_report.write_html().parent)
    assert "02 many, 3 seeds" in pages["index.html"]
    assert "02 many-0" not in pages["index.html"]
    for seed in range(3):
        assert f"<code>02_second/many-{seed}</code>" in pages["results/02_second.html"]


def test_without_runs_the_error_says_what_to_do():
    with pytest.raises(artifacts.ArtifactError, match="make run-all"):
        html_report.write_html()


def test_the_pages_fit_a_phone_and_load_nothing(quick_figures, recorded_runs):
    first = html_report.write_html()
    requested = []
    with chromium() as browser:
        context = browser.new_context(viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.on("request", lambda request: requested.append(request.url))
        for path in first.parent.rglob("*.html"):
            page.goto(path.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") == 390, path.name
            page.evaluate("for (const image of document.images) image.loading = 'eager'")
            page.wait_for_function("[...document.images].every(image => image.complete)")
            assert page.evaluate("[...document.images].every(image => image.naturalWidth)")
    assert any(url.endswith("accuracy_against_cost.webp") for url in requested)
    assert all(url.startswith("file://") for url in requested)
