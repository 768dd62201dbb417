"""The leaderboard: one row per full run."""

import json

import pytest
from conftest import figures, record, write_run

from emotion_lib import artifacts, paths
from emotion_lib.artifacts import ArtifactError


def write(name, accuracy, **changes):
    """Write a run of some validation accuracy."""
    metrics = {"val": figures(accuracy=accuracy), "test": figures()}
    write_run(paths.artifacts_dir(), name, metrics=metrics, **changes)


def test_rows_are_ordered_by_validation_accuracy():
    with pytest.raises(ArtifactError, match="run-all"):
        artifacts.leaderboard()
    write("01_small", 0.9, full=False)
    write("02_full", 0.5)
    write("03_full/variant", 0.75, changed={"EPOCHS": 5, "WEIGHTS": None})
    artifacts.write_leaderboard()
    table = artifacts.leaderboard()
    assert table["run"].tolist() == ["03_full/variant", "02_full"]
    assert tuple(table.columns) == artifacts.LEADERBOARD_COLUMNS
    assert table["n"].tolist() == [28, 28]
    assert table["changed"].fillna("").tolist() == ["EPOCHS=5, WEIGHTS=None", ""]


def test_without_runs_it_has_no_rows():
    artifacts.write_leaderboard()
    assert artifacts.leaderboard().empty


def test_a_table_of_chosen_runs():
    write("01_x", 0.5)
    write("02_x", 0.75)
    (row,) = artifacts.leaderboard([artifacts.load_run("01_x")]).to_dict("records")
    assert row["run"] == "01_x" and row["val_accuracy"] == 0.5


def test_a_row_that_another_process_adds_meanwhile_stays(monkeypatch):
    write("01_full", 0.5)
    written = artifacts.leaderboard_csv.write_text
    others = iter(["02_other"])

    def slow(file, text):
        written(file, text)
        for name in others:  # recorded after the records were read, its table written before ours
            folder = paths.artifacts_dir() / name
            folder.mkdir()
            (folder / "run.json").write_text(json.dumps(record(name)))

    monkeypatch.setattr(artifacts.leaderboard_csv, "write_text", slow)
    artifacts.write_leaderboard()
    assert set(artifacts.leaderboard()["run"]) == {"01_full", "02_other"}
