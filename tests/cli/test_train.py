"""Tests of ``emotion train``."""

import io
import json
import shutil
from contextlib import redirect_stdout
from unittest.mock import Mock

import numpy as np
import pytest
from conftest import emotion
from PIL import Image

from emotion_lib import paths
from emotion_lib.inference.predictor import Predictor

QUICK = ("--epochs", 1, "--head-epochs", 1, "--faces", "whole")


def contents(folder):
    """Return the content of each file in a folder, by name."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@pytest.fixture(scope="module")
def trained(tmp_path_factory, draw_pictures):
    """Train a model once, and return the folder with the pictures and the artifacts."""
    folder = tmp_path_factory.mktemp("trained")
    pictures = draw_pictures(folder)
    output = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(output):
        patch.setenv("DATA_DIR", str(folder / "data"))
        patch.setenv("ARTIFACTS_DIR", str(folder / "artifacts"))
        assert emotion(patch, "train", pictures, *QUICK) == 0
    file = folder / "artifacts" / "own" / "mine" / "model.keras"
    assert f"emotion app --model {file}" in output.getvalue()
    return folder


@pytest.fixture
def model(trained, tmp_path):
    """Return the file of a trained model; the pictures are in ``tmp_path / "mine"``."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    return paths.artifacts_dir() / "own" / "mine" / "model.keras"


def test_a_trained_model_is_recorded_evaluated_and_served(model, monkeypatch, tmp_path):
    mine = tmp_path / "mine"
    record = json.loads((model.parent / "run.json").read_text())
    assert record["class_names"] == ["angry", "happy"]
    assert not record["full"]
    assert not list(model.parent.rglob("checkpoint"))
    assert not list(model.parent.rglob("cached_features"))
    out = tmp_path / "evaluation"
    assert emotion(monkeypatch, "evaluate", model, mine, "--faces", "whole", "--out", out) == 0
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["n"] == 24
    assert set(metrics["recall"]) == {"angry", "happy"}
    assert (out / "confusion.png").stat().st_size > 1000
    predictor = Predictor.load(model)  # as the page loads it
    assert predictor.class_names == ("angry", "happy")
    assert predictor.network.runtime == "litert"
    assert record["model"]["compiled"]["difference"] < 1e-4
    face = Image.open(mine / "Joy" / "1.png").resize((48, 48))
    assert predictor.predict(np.asarray(face))


def test_a_trained_model_is_not_replaced_by_mistake(model, monkeypatch, capsys, tmp_path):
    """By itself, by an interrupted training, beside another process, or by other pictures."""
    mine = tmp_path / "mine"
    before = contents(model.parent)
    assert emotion(monkeypatch, "train", mine, "--model", model, "--faces", "whole") == 2
    assert "Pass --name" in capsys.readouterr().err
    assert contents(model.parent) == before
    with monkeypatch.context() as patch:
        patch.setattr("emotion_lib.artifacts.save_run", Mock(side_effect=KeyboardInterrupt))
        assert emotion(monkeypatch, "train", mine, *QUICK) == 130
    assert contents(model.parent).items() >= before.items()
    with monkeypatch.context() as patch:
        # As if another process held the folder.
        patch.setattr("emotion_lib.files.folder_lock._lock", lambda file: False)
        assert emotion(monkeypatch, "train", mine, *QUICK) == 2
    assert f"Expected {model.parent} for this process alone" in capsys.readouterr().err
    (mine / "Joy" / "0.png").unlink()
    assert emotion(monkeypatch, "train", mine, *QUICK) == 2
    assert "Pass --name" in capsys.readouterr().err


def test_a_name_outside_of_the_artifacts_is_refused(mine, monkeypatch, capsys):
    assert emotion(monkeypatch, "train", mine, "--faces", "whole", "--name", "../../x") == 2
    assert "Received: '../../x'" in capsys.readouterr().err
