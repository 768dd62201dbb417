"""Tests of ``emotion train``."""

import json
from unittest.mock import Mock

import numpy as np
from conftest import emotion
from PIL import Image

from emotion_lib import paths
from emotion_lib.inference.predictor import Predictor


def test_train_then_evaluate_then_serve(mine, monkeypatch, capsys, tmp_path):
    assert (
        emotion(monkeypatch, "train", mine, "--epochs", 1, "--head-epochs", 2, "--faces", "whole")
        == 0
    )
    out = capsys.readouterr().out
    model = paths.artifacts_dir() / "own" / "mine" / "model.keras"
    assert f"make app MODEL={model}" in out and "angry" in out
    record = json.loads((model.parent / "run.json").read_text())
    assert record["class_names"] == ["angry", "happy"] and not record["full"]
    assert not list(model.parent.rglob("checkpoint")) and not list(
        model.parent.rglob("cached_features")
    )
    assert (
        emotion(
            monkeypatch, "evaluate", model, mine, "--faces", "whole", "--out", tmp_path / "judged"
        )
        == 0
    )
    before = {file.name: file.read_bytes() for file in model.parent.iterdir() if file.is_file()}
    assert (
        emotion(monkeypatch, "train", mine, "--model", model, "--faces", "whole") == 2
    )  # it would replace its own start
    assert "Pass --name" in capsys.readouterr().err
    assert {
        file.name: file.read_bytes() for file in model.parent.iterdir() if file.is_file()
    } == before
    with monkeypatch.context() as stopped:
        stopped.setattr("emotion_lib.artifacts.save_run", Mock(side_effect=KeyboardInterrupt))
        assert (
            emotion(
                monkeypatch, "train", mine, "--epochs", 0, "--head-epochs", 1, "--faces", "whole"
            )
            != 0
        )
    assert {
        file.name: file.read_bytes() for file in model.parent.iterdir() if file.is_file()
    }.items() >= before.items()
    with monkeypatch.context() as other:
        other.setattr(
            "emotion_lib.files.folder_lock._lock", lambda file: False
        )  # as if another process held the folder
        assert (
            emotion(
                monkeypatch, "train", mine, "--epochs", 1, "--head-epochs", 1, "--faces", "whole"
            )
            == 2
        )
    assert f"Expected {model.parent} for this process alone" in capsys.readouterr().err
    assert emotion(monkeypatch, "train", mine, "--faces", "whole", "--name", "../../x") == 2
    assert "Received: '../../x'" in capsys.readouterr().err
    (mine / "Joy" / "0.png").unlink()  # other pictures under the same name
    assert (
        emotion(monkeypatch, "train", mine, "--epochs", 1, "--head-epochs", 1, "--faces", "whole")
        == 2
    )
    assert "Pass --name" in capsys.readouterr().err
    metrics = json.loads((tmp_path / "judged" / "metrics.json").read_text())
    assert metrics["n"] == 24 and set(metrics["recall"]) == {"angry", "happy"}
    assert (tmp_path / "judged" / "confusion.png").stat().st_size > 1000
    predictor = Predictor.load(model)  # as the page loads it
    assert predictor.class_names == ("angry", "happy")
    assert predictor.predict(np.asarray(Image.open(mine / "Joy" / "1.png").resize((48, 48))))
