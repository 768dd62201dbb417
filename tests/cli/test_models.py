"""Tests of ``emotion models``."""

import json

import pytest
from conftest import emotion

from emotion_lib import paths


def test_models(save, monkeypatch, capsys):
    save("01_full", full=True)
    assert emotion(monkeypatch, "models", "--json") == 0
    shipped, own = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (
        shipped["name"] == "shipped"
        and shipped["n"] == 3589
        and shipped["file"].endswith("best/model.keras")
    )
    assert own["name"] == "01_full" and own["n"] == 28
    assert emotion(monkeypatch, "models") == 0
    first, *others = capsys.readouterr().out.splitlines()[1:]
    assert first.startswith("shipped  fer2013") and "3,589" in first and len(others) == 1
    stray = paths.artifacts_dir() / "wandb" / "run.json"
    stray.parent.mkdir()
    stray.write_text('{"a": 1}')
    with pytest.warns(RuntimeWarning, match=r"wandb/run\.json"):
        assert emotion(monkeypatch, "models") == 0
    assert "01_full" in capsys.readouterr().out
