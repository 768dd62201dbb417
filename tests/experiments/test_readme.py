"""Results in README.md: what a table says, and what of the file changes."""

import json

import pandas as pd
import pytest
from conftest import emotion

from emotion_lib import artifacts
from emotion_lib.experiments import readme
from emotion_lib.paths import ROOT, artifacts_dir, best_dir

ROW = dict.fromkeys(artifacts.LEADERBOARD_COLUMNS, "") | {
    "run": "01_x",
    "dataset": "fer2013",
    "n": 3589,
    "accuracy": 0.65,
    "ci_low": 0.634,
    "ci_high": 0.6655,
    "macro_f1": 0.6,
    "accuracy_without_twins": 0.64,
    "n_without_twins": 3301,
    "val_accuracy": 0.66,
    "parameters": 843623,
    "epochs": 24,
    "seconds": 1800,
    "weights": "none",
    "device": "CPU",
    "backend": "tensorflow",
    "precision": "float32",
}
BEGIN = "<!-- results: by a command -->"
END = "<!-- end of results -->"


@pytest.fixture
def write_leaderboard():
    """Writes rows as the leaderboard."""

    def write(*rows):
        artifacts_dir().mkdir()
        pd.DataFrame(rows).to_csv(artifacts_dir() / "leaderboard.csv", index=False)

    return write


def test_a_row_states_n_interval_and_cost(write_leaderboard):
    write_leaderboard(ROW)
    row = readme.results_section().splitlines()[-1]
    assert "01_x | 66.0% | 65.0% [63.4%, 66.5%], 3,589" in row
    for text in ("64.0%, 3,301", "843,623", "30 min, 24 epochs", "CPU (tensorflow, float32)"):
        assert text in row


def test_there_is_one_table_per_data_set_and_the_served_run_stands_out(write_leaderboard):
    served = json.loads((best_dir() / "run.json").read_text())["name"]
    scenes = {"run": "11_y", "dataset": "emoji_scenes", "mean_average_precision": 0.9}
    write_leaderboard(ROW | scenes, ROW, ROW | {"run": served})
    first, *tables = readme.results_section().split("\n\n**")
    assert f"`{served}`" in first and "on the 3,589 test images" in first
    assert [table.split(":")[0] for table in tables] == ["FER-2013", "Scenes composed of emoji"]
    assert f"| **{served}** (served) |" in tables[0] and "| 01_x |" in tables[0]
    assert "exact match" in tables[1]


def test_other_evaluations_have_a_table(save):
    record = save("01_full", full=True).record
    half = record.metrics.further["test, half"]
    *_, table = readme.results_section().split("\n\n**")
    assert table.startswith("Other evaluations")
    assert f"| 01_full | test, half | {half.accuracy:.1%} [" in table and "], 14 |" in table


def test_only_the_text_between_the_markers_changes(write_leaderboard, tmp_path):
    write_leaderboard(ROW)
    file = tmp_path / "README.md"
    file.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    assert readme.write_readme(file) == file
    text = file.read_text()
    assert text.startswith(f"before\n{BEGIN}\nThe model")
    assert text.endswith(f"{END}\nafter\n") and "old" not in text


def test_missing_markers_are_an_error(write_leaderboard, tmp_path):
    write_leaderboard(ROW)
    (tmp_path / "README.md").write_text("nothing here")
    with pytest.raises(readme.ReadmeError, match="Received: 0"):
        readme.write_readme(tmp_path / "README.md")


def test_the_readme_shows_the_tracked_records(monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(ROOT / "artifacts"))
    assert readme.results_section() in (ROOT / "README.md").read_text()


def test_the_command_names_what_can_be_written(monkeypatch, capsys):
    assert emotion(monkeypatch, "report", "pdf") == 2
    assert "No such command 'pdf'" in capsys.readouterr().err
