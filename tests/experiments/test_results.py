"""Pages and figures of results: written from records, compared with them, nothing left over."""

import json

import numpy as np
import pytest
from conftest import write_run
from PIL import Image

from emotion_lib import artifacts, paths
from emotion_lib.experiments import overview, results, results_pages
from emotion_lib.experiments.notebook_text import all_notebooks
from emotion_lib.experiments.result_figures import planned_figures
from emotion_lib.experiments.results import documents, stale_results, write_results

MODEL = {"parameters": 10, "weights": "none (from scratch)", "sha256": "0" * 64}
FER2013 = {"name": "fer2013", "fingerprint": "f", "images": {"train": 9, "val": 28, "test": 28}}
HISTORY = "epoch,accuracy,val_accuracy,loss,val_loss\n0,0.4,0.5,2,2\n1,0.5,0.6,1,1\n"


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Return a folder of artifacts with two notebooks' runs; NOTEBOOKS_DIR holds the notebooks."""
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    monkeypatch.setenv("NOTEBOOKS_DIR", str(notebooks))
    for stem in ("01_first", "02_second", "99_compare"):
        first = f"# {stem[:2]} · Title of {stem[3:]}\n\n**Question.** Why {stem[3:]}?"
        cells = [{"cell_type": "markdown", "source": [first]}]
        (notebooks / f"{stem}.ipynb").write_text(json.dumps({"cells": cells}))
    folder = tmp_path / "artifacts"
    monkeypatch.setenv("ARTIFACTS_DIR", str(folder))
    monkeypatch.setattr(overview, "served_name", lambda: "02_second/a")
    better = np.eye(2)[np.arange(28) % 2] * 0.8 + 0.1
    model = MODEL | {"multiply_adds": 1000}
    write_run(folder, "01_first", data=FER2013, model=model)
    write_run(folder, "02_second/a", data=FER2013, model=model)
    write_run(folder, "02_second/b", better, data=FER2013, model=MODEL)
    for name in ("01_first", "02_second/a", "02_second/b"):
        (folder / name / "history.csv").write_text(HISTORY)
    return folder


@pytest.fixture
def drawn(monkeypatch):
    """Write empty files for figures, and return the list of these files."""
    files = []

    def write_empty(draw, file):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        files.append(file.parent.name + "/" + file.name)

    for module in (results, results_pages):
        monkeypatch.setattr(module, "write_figure", write_empty)
    return files


@pytest.fixture
def docs(root, drawn, tmp_path):
    """Return a folder of documentation with all pages."""
    folder = tmp_path / "docs"
    write_results(folder)
    return folder


def test_pages_of_this_repository_are_up_to_date(monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(paths.ROOT / "artifacts"))
    assert stale_results() == [], "Run `emotion report docs`."


def test_figures_of_this_repository_are_small():
    sizes = {file: file.stat().st_size for file in results.DOCS.rglob("*.webp")}
    assert max(sizes.values()) < 40_000
    assert sum(sizes.values()) < 3_000_000


def test_written_pages_are_up_to_date(docs):
    assert stale_results(docs) == []
    names = sorted(path.relative_to(docs).as_posix() for path in docs.rglob("*.*"))
    figures = ("confusion", "curves", "recall", "reliability", "risk_coverage")
    assert names == sorted(
        ["results.md", "results/01_first.md", "results/02_second.md"]
        + ["results/accuracy_against_cost.webp", "results/02_second/validation_curves.webp"]
        + [f"results/01_first/{name}.webp" for name in figures]
        + [f"results/02_second/{name}.webp" for name in figures]
    )


def test_figures_are_drawn(root, tmp_path):
    found = results_pages.runs_by_notebook(all_notebooks(), [artifacts.load_run("01_first")])
    files = results_pages.write_page_figures(tmp_path, found)
    assert len(files) == 5
    for file in files:
        assert Image.open(file).width > 200


def test_a_page_holds_question_runs_and_figures(docs):
    text = (docs / "results" / "02_second.md").read_text()
    assert "# 02 · Title of second" in text
    assert "**Question.** Why second?" in text
    assert "| b | 100.0 % | 100.0 % [87.9, 100.0] |" in text
    assert text.index("| b |") < text.index("| a |")
    assert "In detail: `02_second/b`" in text
    assert "(02_second/confusion.webp)" in text


def test_the_index_links_every_notebook(docs):
    text = (paths.notebooks_dir() / "README.md").read_text()
    assert "## [01 · Title of first](01_first.ipynb)" in text
    assert "`01_first`: accuracy 50.0 % [32.6, 67.4] on 28 test images" in text
    assert "## [99 · Title of compare](99_compare.ipynb)" in text
    assert "docs/results/99_compare" not in text


@pytest.mark.parametrize("file", ["history.csv", "run.json"])
def test_another_record_makes_a_page_stale(docs, root, file):
    path = root / "01_first" / file
    path.write_text(path.read_text().replace("0.5", "0.4"))
    assert f"{docs / 'results' / '01_first.md'} differs from the records." in stale_results(docs)
    write_results(docs)
    assert stale_results(docs) == []


def test_only_figures_with_new_data_are_drawn_again(docs, root, drawn):
    all_files = list(drawn)
    drawn.clear()
    write_results(docs)
    assert drawn == ["results/accuracy_against_cost.webp"]
    (root / "01_first" / "history.csv").write_text(HISTORY.replace("0.4", "0.3"))
    drawn.clear()
    write_results(docs)
    assert {name.split("/")[0] for name in drawn} == {"01_first", "results"}
    drawn.clear()
    write_results(docs, redraw=True)
    assert drawn == all_files


def test_a_missing_figure_is_reported(docs):
    file = docs / "results" / "01_first" / "recall.webp"
    file.unlink()
    assert stale_results(docs) == [f"{file} is missing."]


def test_what_a_former_run_left_is_removed(docs):
    old = docs / "results" / "03_former.md"
    old.write_text("# 03")
    assert stale_results(docs) == [f"{old} belongs to no run."]
    write_results(docs)
    assert not old.exists()


def test_multi_label_runs_have_figures_per_label(root):
    labels = np.random.default_rng(0).random((20, 2)) < 0.5
    write_run(root, "03_several", labels * 0.6 + 0.2, labels=labels)
    planned = planned_figures([artifacts.load_run("03_several")])
    assert list(planned) == ["curves", "average_precision", "co_occurrence", "label_confusions"]


def test_readme_table_begins_with_the_served_model(root):
    text = overview.readme_results(all_notebooks(), artifacts.runs())
    rows = text.splitlines()[2:]
    assert rows[0].startswith("| [The served model](docs/results/02_second.md) | a | 50.0 %")
    assert rows[1].startswith("| [Title of second](docs/results/02_second.md) | b | 100.0 %")
    assert rows[2].startswith("| [Title of first](docs/results/01_first.md) | 01_first | 50.0 %")
    assert len(rows) == 3


def test_cost_table_holds_counted_runs_and_peers(root):
    table = overview.cost_table(artifacts.runs())
    assert table["name"].tolist()[:2] == ["served model", "01 first"]
    assert table["peer"].tolist() == [False, False] + [True] * len(overview.PEERS)


def test_every_page_is_plain_markdown(root, tmp_path):
    for text in documents(tmp_path / "docs").values():
        assert text.startswith("# ")
        assert text.endswith("\n")
        assert "None" not in text
