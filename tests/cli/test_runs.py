"""The command ``emotion runs``."""

import io
import json
import os
import shutil
import sys

import numpy as np
import pytest
from conftest import emotion, figures, write_run

from emotion_lib import artifacts, datasets, paths
from emotion_lib.datasets.sources import fer2013


@pytest.fixture
def there(tmp_path):
    """Return the artifacts folder of another machine: one run is new, the other is here too."""
    write_run(tmp_path / "there", "01_x")
    write_run(tmp_path / "there", "02_x", np.eye(2)[np.arange(28) % 2], commit="def")
    write_run(paths.artifacts_dir(), "02_x")
    return tmp_path / "there"


def terminal(monkeypatch, answer: str):
    """Let standard input be a terminal on which a user types an answer."""
    stdin = io.StringIO(answer)
    stdin.isatty = lambda: True
    monkeypatch.setattr(sys, "stdin", stdin)


def here():
    """Return the content of every file among the artifacts."""
    return {file: file.read_bytes() for file in paths.artifacts_dir().rglob("*") if file.is_file()}


def test_the_list_of_runs(monkeypatch, capsys):
    assert emotion(monkeypatch, "runs") == 0
    assert "There are no runs" in capsys.readouterr().err
    write_run(paths.artifacts_dir(), "01_x", training={"device": "a GPU"})
    write_run(paths.artifacts_dir(), "own/mine", full=False)
    write_run(paths.artifacts_dir() / "smoke", "01_x")
    assert emotion(monkeypatch, "runs") == 0
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split()[0] == "run" and first.split()[:2] == ["01_x", "pictures"]
    assert "28" in first and "a GPU" in first and "2026-01-01" in first
    assert "50.0% [32.6%, 67.4%]" in first and "pictures, not in full" in second
    assert emotion(monkeypatch, "runs", "--json") == 0
    row = json.loads(capsys.readouterr().out.splitlines()[0])
    assert row["name"] == "01_x" and row["full"] and row["n"] == 28
    assert row["accuracy"] == row["val_accuracy"] == 0.5 and len(row["interval_95"]) == 2
    assert row["device"] == "a GPU" and row["date"].startswith("2026-01-01")


def test_runs_that_cannot_be_told_apart_share_a_rank(monkeypatch, capsys):
    right = np.eye(2)[np.arange(28) % 2] * 0.8 + 0.1
    for name, errors in {"a": 0, "b": 2, "c": 20}.items():
        scores = right.copy()
        scores[:errors] = 1 - scores[:errors]
        write_run(paths.artifacts_dir(), f"01_x/{name}", scores)
    write_run(paths.artifacts_dir(), "own/mine", full=False)
    assert emotion(monkeypatch, "runs", "--json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    ranks = {row["name"]: row["rank"] for row in rows}
    assert ranks == {"01_x/a": 1, "01_x/b": 1, "01_x/c": 3, "own/mine": None}


def test_one_run(monkeypatch, capsys):
    further = {"validation, shifted": figures(accuracy=0.25)}
    write_run(paths.artifacts_dir(), "01_x", further=further, changed={"EPOCHS": 5})
    assert emotion(monkeypatch, "runs", "show", "01_x") == 0
    out = capsys.readouterr().out
    for part in (
        "commit abc, seed 0",
        "fingerprint f",
        "happy, sad",
        "10 parameters",
        "RUN_NAME='01_x'",
        "EPOCHS=5",
        "not tracked",
    ):
        assert part in out
    assert "validation, shifted" in out and "25.0%" in out and "32.6% to 67.4%" in out
    assert emotion(monkeypatch, "runs", "show", "01_x", "--json") == 0
    record = artifacts.load_run("01_x").record
    assert json.loads(capsys.readouterr().out) == artifacts.record_to_json(record)
    assert emotion(monkeypatch, "runs", "show", "01_y") == 2
    assert "Expected one of the runs ['01_x']" in capsys.readouterr().err


def test_the_leaderboard_is_written(monkeypatch, capsys):
    write_run(paths.artifacts_dir(), "01_x", changed={"EPOCHS": 5, "WEIGHTS": None})
    assert emotion(monkeypatch, "runs", "leaderboard") == 0
    assert "leaderboard.csv" in capsys.readouterr().out
    (row,) = artifacts.leaderboard().to_dict("records")
    assert row["run"] == "01_x" and row["changed"] == "EPOCHS=5, WEIGHTS=None"


@pytest.mark.parametrize(
    "name", [run.name for run in artifacts.runs(paths.ROOT / "artifacts")][::8]
)
def test_tracked_runs_can_be_shown(name, monkeypatch, capsys):
    monkeypatch.setenv("ARTIFACTS_DIR", str(paths.ROOT / "artifacts"))
    assert emotion(monkeypatch, "runs", "show", name) == 0
    assert name in capsys.readouterr().out


def test_an_import_is_shown_and_confirmed(there, monkeypatch, capsys):
    before = here()
    for answer in ("n\n", "\n"):
        terminal(monkeypatch, answer)
        assert emotion(monkeypatch, "runs", "import", there) == 1
        out, err = capsys.readouterr()
        assert "Import 2 of 2 runs? [y/N]" in out and here() == before
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert "new" in rows["01_x"] and "->" not in rows["01_x"] and rows["01_x"].count("50.00%") == 2
    assert "replaced" in rows["02_x"] and rows["02_x"].count("50.00% -> 100.00%") == 2
    assert "note: 02_x: replaces commit abc (2026-01-01, a CPU) by commit def" in err
    terminal(monkeypatch, "y\n")
    assert emotion(monkeypatch, "runs", "import", there) == 0
    assert "imported: 01_x, 02_x" in capsys.readouterr().out
    assert artifacts.load_run("02_x").record.commit == "def"
    assert set(artifacts.leaderboard()["run"]) == {"01_x", "02_x"}
    assert emotion(monkeypatch, "runs", "import", there) == 0  # nothing is left to ask for
    assert "There is nothing to import" in capsys.readouterr().out


def test_without_a_terminal_an_import_needs_yes(there, monkeypatch, capsys):
    before = here()
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert emotion(monkeypatch, "runs", "import", there) == 2
    out, err = capsys.readouterr()
    assert "02_x" in out and "pass --yes" in err and here() == before
    assert emotion(monkeypatch, "runs", "import", there, "--dry-run", "--yes") == 0
    assert "Nothing was changed" in capsys.readouterr().out and here() == before
    assert emotion(monkeypatch, "runs", "import", there, "--yes", "--only", "01_x") == 0
    assert "imported: 01_x\n" in capsys.readouterr().out
    assert artifacts.load_run("02_x").record.commit == "abc"


def wrong_figures(text):
    return text.replace('"accuracy": 1.0', '"accuracy": 0.9')


def half_a_record(text):
    return text[:100]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (wrong_figures, "val.accuracy is 0.9, but the scores give 1"),
        (half_a_record, "02_x/run.json"),
    ],
)
def test_a_refused_run_is_reported_and_the_others_are_imported(
    there, damage, reason, monkeypatch, capsys
):
    file = there / "02_x" / "run.json"
    file.write_text(damage(file.read_text()))
    assert emotion(monkeypatch, "runs", "import", there, "--yes") == 1
    out, err = capsys.readouterr()
    refusal = next(line for line in err.splitlines() if line.startswith("refused: "))
    assert reason in refusal
    assert "imported: 01_x\n" in out and artifacts.load_run("02_x").record.commit == "abc"
    assert emotion(monkeypatch, "runs", "import", there, "--dry-run") == 1


def test_an_archive_is_imported(there, monkeypatch, capsys, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "out"), "gztar", there.parent, there.name)
    assert emotion(monkeypatch, "runs", "import", archive, "--yes") == 0
    assert set(artifacts.leaderboard()["run"]) == {"01_x", "02_x"}
    assert emotion(monkeypatch, "runs", "import", tmp_path / "nowhere") == 2
    assert "no such file or folder" in capsys.readouterr().err


def test_figures_that_were_not_recomputed_are_listed(tmp_path, monkeypatch, capsys):
    for name in ("01_x", "02_x", "03_x", "04_x", "05_x"):
        write_run(tmp_path / "there", name, further={"validation, shifted": figures()})
    assert emotion(monkeypatch, "runs", "import", tmp_path / "there", "--dry-run") == 0
    err = capsys.readouterr().err
    assert "01_x, 02_x, 03_x and 2 more: not recomputed" in err and "validation, shifted" in err


def test_data_is_read_if_it_is_here_and_never_downloaded(tmp_path, monkeypatch, capsys):
    kagglehub = pytest.importorskip("kagglehub")
    monkeypatch.setattr(kagglehub, "dataset_download", lambda handle: pytest.fail("downloads"))
    data = {"name": "ferplus multi-label", "fingerprint": "f", "images": {"val": 28, "test": 28}}
    write_run(tmp_path / "there", "12_x", data=data)
    assert emotion(monkeypatch, "runs", "import", tmp_path / "there", "--dry-run") == 0
    assert "no run on ferplus multi-label is here, nor its data" in capsys.readouterr().err
    asked = []

    def load(name, **options):
        asked.append((name, options))
        raise datasets.DataError("Expected the votes. Received: none.")

    monkeypatch.setattr(datasets, "load", load)
    monkeypatch.setattr(fer2013, "is_available", lambda: True)
    write_run(tmp_path / "there", "12_y", data=data)
    assert emotion(monkeypatch, "runs", "import", tmp_path / "there", "--dry-run") == 0
    assert asked == [("ferplus", {"targets": "multi_label"})]  # once for both
    assert "Expected the votes" in capsys.readouterr().err


def test_fer2013_is_found_or_not(write_tree, monkeypatch):
    assert not fer2013.is_available()
    monkeypatch.setenv("FER2013_PATH", str(write_tree()))
    assert fer2013.is_available()


def test_a_closed_pipe_ends_the_list_quietly(there, monkeypatch, capsys):
    reading, writing = os.pipe()
    os.close(reading)
    with monkeypatch.context() as patch, open(writing, "w") as broken:
        patch.setattr(sys, "stdout", broken)
        assert emotion(monkeypatch, "runs") == 141
    assert capsys.readouterr().err == ""
