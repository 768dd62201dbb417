"""Results in README.md: their content, and the part of the file that changes."""

import json

import pytest
from conftest import emotion, write_run

from emotion_lib.experiments import readme
from emotion_lib.paths import ROOT, best_dir

BEGIN = "<!-- results: by a command -->"
END = "<!-- end of results -->"


@pytest.fixture(autouse=True)
def one_run(tmp_path, monkeypatch):
    """Make one run of notebook 01 the only one that is recorded."""
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "artifacts"))
    data = {"name": "fer2013", "fingerprint": "f", "images": {"train": 9, "val": 28, "test": 28}}
    write_run(tmp_path / "artifacts", "01_sequential_cnn", data=data)


def test_the_section_names_the_served_model_and_shows_figure_and_table():
    served = json.loads((best_dir() / "run.json").read_text())
    first, figure, table, links = readme.results_section().split("\n\n")
    assert f"`{served['name']}`" in first
    assert f"{100 * served['metrics']['test']['accuracy']:.1f} % [" in first
    assert f"{served['metrics']['test_without_twins']['n']:,} that have no" in first
    assert "(docs/results/accuracy_against_cost.webp)" in figure
    assert table.splitlines()[-1].startswith("| [A sequential CNN")
    assert "(docs/results.md)" in links


def test_only_the_text_between_the_markers_changes(tmp_path):
    file = tmp_path / "README.md"
    file.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    assert readme.write_readme(file) == file
    text = file.read_text()
    assert text.startswith(f"before\n{BEGIN}\nThe served model")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text


def test_missing_markers_are_an_error(tmp_path):
    (tmp_path / "README.md").write_text("nothing here")
    with pytest.raises(readme.ReadmeError, match="Received: 0"):
        readme.write_readme(tmp_path / "README.md")


def test_the_readme_shows_the_tracked_records(monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(ROOT / "artifacts"))
    assert readme.results_section() in (ROOT / "README.md").read_text()


def test_the_readme_has_at_most_120_lines():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_the_command_names_what_can_be_written(monkeypatch, capsys):
    assert emotion(monkeypatch, "report", "pdf") == 2
    assert "No such command 'pdf'" in capsys.readouterr().err
