"""Tests of ``emotion models``."""

import json

import pytest
from conftest import change_record, emotion

from emotion_lib import artifacts, paths


@pytest.fixture
def recorded(save):
    """Record two runs, one of them without its model file."""
    save("01_full", full=True)
    gone = save("02_gone", full=True, val_accuracy=0.9)
    gone.model_file.unlink()


def shipped_figures():
    """Return the shipped model's data set and its number of test images."""
    record = artifacts.read_record(paths.best_dir() / "run.json")
    return record.data.name, record.metrics.test.n


def test_the_models_that_can_be_loaded_here(recorded, monkeypatch, capsys):
    assert emotion(monkeypatch, "models") == 0
    printed = capsys.readouterr()
    _, shipped, small, *others = printed.out.splitlines()
    data, n = shipped_figures()
    assert shipped.startswith("best ") and data in shipped and f"{n:,}" in shipped
    assert small.startswith("best int8 ") and small.endswith("model.int8.tflite")
    assert [line.split()[0] for line in others] == ["01_full"]
    assert "FER-2013's own labels" in others[0] and others[0].endswith("model.keras")
    assert printed.err == ""
    made_of = {"model.made_of": {"02_gone": "0" * 64}, "training.epochs": 0}
    change_record(paths.artifacts_dir() / "01_full", **made_of)
    assert emotion(monkeypatch, "models") == 0
    assert capsys.readouterr().err == "ensemble is 01_full\n"


def test_all_recorded_models(recorded, monkeypatch, capsys):
    assert emotion(monkeypatch, "models", "--all") == 0
    _, *lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["best", "best", "02_gone", "01_full"]
    assert [line.endswith("yes") for line in lines] == [True, True, False, True]


def test_models_as_json(recorded, monkeypatch, capsys):
    assert emotion(monkeypatch, "models", "--json") == 0
    shipped, small, own = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (shipped["name"], shipped["data"], shipped["n"]) == ("best", *shipped_figures())
    assert shipped["file"].endswith("best/model.keras") and shipped["answers_by"]
    assert small["name"] == "best int8" and small["accuracy"] != shipped["accuracy"]
    assert (own["name"], own["n"]) == ("01_full", 28)


def test_a_file_that_is_no_record_is_reported(recorded, monkeypatch, capsys):
    stray = paths.artifacts_dir() / "wandb" / "run.json"
    stray.parent.mkdir()
    stray.write_text('{"a": 1}')
    with pytest.warns(RuntimeWarning, match=r"wandb/run\.json"):
        assert emotion(monkeypatch, "models") == 0
    assert "01_full" in capsys.readouterr().out
