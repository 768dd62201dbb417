"""Tests of ``emotion models``."""

import json

import pytest
from conftest import emotion

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
    _, shipped, *others = capsys.readouterr().out.splitlines()
    data, n = shipped_figures()
    assert shipped.startswith(f"shipped  {data}") and f"{n:,}" in shipped
    assert [line.split()[0] for line in others] == ["01_full"]
    assert others[0].endswith("model.keras")


def test_all_recorded_models(recorded, monkeypatch, capsys):
    assert emotion(monkeypatch, "models", "--all") == 0
    _, *lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["shipped", "02_gone", "01_full"]
    assert [line.endswith("yes") for line in lines] == [True, False, True]


def test_models_as_json(recorded, monkeypatch, capsys):
    assert emotion(monkeypatch, "models", "--json") == 0
    shipped, own = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (shipped["name"], shipped["data"], shipped["n"]) == ("shipped", *shipped_figures())
    assert shipped["file"].endswith("best/model.keras")
    assert (own["name"], own["n"]) == ("01_full", 28)


def test_a_file_that_is_no_record_is_reported(recorded, monkeypatch, capsys):
    stray = paths.artifacts_dir() / "wandb" / "run.json"
    stray.parent.mkdir()
    stray.write_text('{"a": 1}')
    with pytest.warns(RuntimeWarning, match=r"wandb/run\.json"):
        assert emotion(monkeypatch, "models") == 0
    assert "01_full" in capsys.readouterr().out
