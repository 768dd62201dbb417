"""``emotion verify``: figures are recomputed, and a wrong one is found."""

import json
import os
import shutil
from pathlib import Path

import pytest
from conftest import REAL_DATA, change_record, emotion, figures, write_run

from emotion_lib import paths

BEST = paths.ROOT / "artifacts" / "best"
BESIDE = Path(REAL_DATA or "none").with_name("fer2013new.csv")
VOTES = Path(os.environ.get("FERPLUS_PATH") or BESIDE)
VOTES = VOTES.absolute()  # tests work in separate folders


@pytest.fixture
def served(tmp_path):
    """Return a copy of the served model's folder, whose record may be changed."""
    return Path(shutil.copytree(BEST, tmp_path / "served"))


def test_a_run_by_its_scores(monkeypatch, capsys):
    write_run(paths.artifacts_dir(), "01_x", further={"validation, shifted": figures()})
    assert emotion(monkeypatch, "verify", "01_x") == 0
    out = capsys.readouterr().out
    assert "test: accuracy" in out and "0 differ" in out
    assert "not checked: the model file is not here" in out
    assert "validation, shifted" in out and "it needs the model file" in out


@pytest.mark.parametrize(
    ("place", "error"),
    [
        ("metrics.test.accuracy", 1 / 28),
        ("metrics.val.macro_f1", 0.001),
        ("metrics.test.recall.sad", 0.001),
        ("training.seconds", 1),
        ("training.epochs", 1),
    ],
)
@pytest.mark.parametrize("arguments", [["01_x"], ["--all"]])
def test_a_wrong_figure_fails(monkeypatch, capsys, place, error, arguments):
    folder = write_run(paths.artifacts_dir(), "01_x")
    history = folder / "history.csv"
    history.write_text("epoch,val_accuracy,seconds\n0,0.5,1.5\n")
    assert emotion(monkeypatch, "verify", *arguments) == 0
    value = json.loads((folder / "run.json").read_text())
    for key in place.split("."):
        value = value[key]
    change_record(folder, **{place: value + error})
    assert emotion(monkeypatch, "verify", *arguments) == 1
    captured = capsys.readouterr()
    assert "does not follow" in captured.err and "1 differ" in captured.out
    assert place.split(".")[-1] in captured.out


def test_unknown_names(monkeypatch, capsys, tmp_path):
    write_run(paths.artifacts_dir(), "01_first")
    other = tmp_path / "other.keras"
    other.write_bytes(b"a model that nobody recorded")
    for name, message in (
        ("01_fist", "such as 01_first"),
        ("none.keras", "which is not there"),
        (other, "none describes"),
        (BEST / "model.tflite", "verified with the .keras file"),
        (tmp_path, "a folder without run.json"),
    ):
        assert emotion(monkeypatch, "verify", name) == 2
        assert message in capsys.readouterr().err
    assert emotion(monkeypatch, "verify", "01_first", "--all") == 2


def test_a_run_without_scores_is_an_error(monkeypatch, capsys):
    folder = write_run(paths.artifacts_dir(), "01_x")
    (folder / "test_scores.npz").unlink()
    assert emotion(monkeypatch, "verify", "01_x") == 2
    assert "test_scores.npz" in capsys.readouterr().err


def test_another_model_than_that_of_the_record_differs(monkeypatch, capsys):
    """It must not pass for a model that is not here."""
    folder = write_run(paths.artifacts_dir(), "01_x")
    (folder / "model.keras").write_bytes(b"not the model of the record")
    for arguments in (["01_x"], [folder], ["--all"]):
        assert emotion(monkeypatch, "verify", *arguments) == 1
        out = capsys.readouterr().out
        assert "model.keras: sha256" in out and "1 differ" in out
    for split in ("val", "test"):
        (folder / f"{split}_scores.npz").unlink()
    assert emotion(monkeypatch, "verify", "01_x") == 1
    assert "model.keras: sha256" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["run.json", "test_scores.npz", "history.csv"])
def test_a_damaged_file_fails_and_the_other_runs_are_verified(monkeypatch, capsys, name):
    folder = write_run(paths.artifacts_dir(), "01_x")
    write_run(paths.artifacts_dir(), "02_x")
    assert emotion(monkeypatch, "verify", "--all") == 0
    capsys.readouterr()
    (folder / name).write_bytes(b"\x89")
    assert emotion(monkeypatch, "verify", "01_x") == 2
    assert f"{name}" in capsys.readouterr().err
    assert emotion(monkeypatch, "verify", "--all") == 1
    captured = capsys.readouterr()
    assert "02_x" in captured.out and "0 differ" in captured.out
    assert "Expected" in captured.err and name in captured.err


# ---- the served model -------------------------------------------------------------------------


def test_the_served_model_without_data(monkeypatch, capsys, served):
    """Its files, its size and its label head, whose scores are tracked, can be checked."""
    monkeypatch.setenv("ARTIFACTS_DIR", str(paths.ROOT / "artifacts"))
    assert emotion(monkeypatch, "verify") == 0
    captured = capsys.readouterr()
    out = captured.out
    assert "label head, FER-2013's labels, test: accuracy" in out
    assert "is not here" in out and "0 differ" in out
    assert "`emotion data ferplus` says how to get it" in captured.err
    change_record(served, **{"model.multiply_adds": 57_477_601})
    assert emotion(monkeypatch, "verify", served) == 1
    assert "57,477,601" in capsys.readouterr().out


@pytest.fixture
def real_data(monkeypatch, tmp_path_factory):
    if not REAL_DATA or not VOTES.is_file():
        pytest.skip("needs FER-2013 (FER2013_PATH) and FER+'s votes beside it")
    monkeypatch.setenv("FER2013_PATH", REAL_DATA)
    monkeypatch.setenv("FERPLUS_PATH", str(VOTES))
    monkeypatch.setenv("DATA_DIR", str(tmp_path_factory.getbasetemp() / "verify-data"))
    monkeypatch.setenv("ARTIFACTS_DIR", str(paths.ROOT / "artifacts"))


def test_the_served_model_gives_every_figure_of_its_record(real_data, monkeypatch, capsys):
    assert emotion(monkeypatch, "verify", "best") == 0
    out = capsys.readouterr().out
    assert "0 differ, 2 not checked" in out  # temperature and bias, which are part of the weights
    for part in ("test", "FER+ majority, test", "model.int8.tflite, test"):
        assert f"\n{part}: accuracy" in out
