"""Pages and figures of results: written from records, compared with them, nothing left over."""

import pytest

from emotion_lib import paths
from emotion_lib.experiments import results, results_pages
from emotion_lib.experiments.results import documents, stale_results, write_results


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
def docs(recorded_runs, drawn, tmp_path):
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
        + ["results/accuracy_against_cost.webp", "results/all_runs.webp"]
        + ["results/02_second/validation_curves.webp"]
        + [f"results/01_first/{name}.webp" for name in figures]
        + [f"results/02_second/{name}.webp" for name in figures]
    )


@pytest.mark.parametrize("file", ["history.csv", "run.json"])
def test_another_record_makes_a_page_stale(docs, recorded_runs, file):
    path = recorded_runs / "01_first" / file
    path.write_text(path.read_text().replace("0.5", "0.4"))
    assert f"{docs / 'results' / '01_first.md'} differs from the records." in stale_results(docs)
    write_results(docs)
    assert stale_results(docs) == []


def test_only_figures_with_new_data_are_drawn_again(docs, recorded_runs, drawn):
    all_files = list(drawn)
    drawn.clear()
    write_results(docs)
    assert drawn == ["results/accuracy_against_cost.webp", "results/all_runs.webp"]
    history = recorded_runs / "01_first" / "history.csv"
    history.write_text(history.read_text().replace("0.4", "0.3"))
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


def test_every_page_is_plain_markdown(recorded_runs, tmp_path):
    for text in documents(tmp_path / "docs").values():
        assert text.startswith("# ")
        assert text.endswith("\n")
        assert "None" not in text
