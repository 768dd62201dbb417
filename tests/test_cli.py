"""The command as users type it, in this process."""

import json
import shutil
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from emotion_lib import cli, paths
from emotion_lib.datasets.synthetic import draw_face
from emotion_lib.predictor import Predictor


def emotion(monkeypatch, *arguments) -> int:
    monkeypatch.setattr(sys, "argv", ["emotion", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


@pytest.fixture
def mine(tmp_path):
    """Drawn faces in two folders of one's own, larger than FER-2013's."""
    rng = np.random.default_rng(0)
    for own, expression in (("Joy", "happy"), ("Anger", "angry")):
        folder = tmp_path / "mine" / own
        folder.mkdir(parents=True)
        for i in range(12):
            draw_face(expression, rng, 90).save(folder / f"{i}.png")
    return tmp_path / "mine"


def test_train_then_evaluate_then_serve(mine, monkeypatch, capsys, tmp_path):
    assert emotion(monkeypatch, "train", mine, "--epochs", 1, "--head-epochs", 2, "--faces", "whole") == 0
    out = capsys.readouterr().out
    model = paths.artifacts_dir() / "own" / "mine" / "model.keras"
    assert f"make app MODEL={model}" in out and "angry" in out
    record = json.loads((model.parent / "run.json").read_text())
    assert record["class_names"] == ["angry", "happy"] and not record["full"]
    assert not list(model.parent.rglob("checkpoint")) and not list(model.parent.rglob("cached_features"))
    assert emotion(monkeypatch, "evaluate", model, mine, "--faces", "whole", "--out", tmp_path / "judged") == 0
    (mine / "Joy" / "0.png").unlink()  # other pictures under the same name
    assert emotion(monkeypatch, "train", mine, "--epochs", 1, "--head-epochs", 1, "--faces", "whole") == 2
    assert "Pass --name" in capsys.readouterr().err
    metrics = json.loads((tmp_path / "judged" / "metrics.json").read_text())
    assert metrics["n"] == 24 and set(metrics["recall"]) == {"angry", "happy"}
    assert (tmp_path / "judged" / "confusion.png").stat().st_size > 1000
    predictor = Predictor.load(model)  # as the page loads it
    assert predictor.class_names == ("angry", "happy")
    assert predictor.predict(np.asarray(Image.open(mine / "Joy" / "1.png").resize((48, 48))))


def test_evaluate_takes_old_files_with_their_own_scaling(mine, small_model, monkeypatch, tmp_path):
    file = tmp_path / "old.h5"
    small_model.save(file)
    arguments = ["evaluate", file, mine, "--faces", "whole", "--out", tmp_path / "out"]
    assert emotion(monkeypatch, *arguments) == 2  # nothing says what its outputs mean
    names = "angry,disgust,fear,happy,neutral,sad,surprise"
    assert emotion(monkeypatch, *arguments, "--class-names", names) == 0
    assert emotion(monkeypatch, *arguments, "--class-names", names, "--scaling", "0..255") == 2


def test_predict_files_folders_and_patterns(photograph, monkeypatch, capsys, tmp_path, model_file):
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.jpg", "deep/a.jpg"):
        shutil.copy(photograph, folder / name)
    (folder / "broken.png").write_bytes(b"nothing")
    (folder / "notes.txt").write_text("no picture")
    Image.new("RGB", (200, 200), "gray").save(folder / "empty.png")
    options = ["--model", model_file, "--csv", tmp_path / "out.csv", "--annotate", tmp_path / "boxes", "--abstain", 0]
    assert emotion(monkeypatch, "predict", folder, *options) == 1  # one picture is broken
    captured = capsys.readouterr()
    assert "4 pictures, 2 faces; 1 without a face, 1 could not be used" in captured.err
    assert "empty.png: no face found" in captured.out and "no decoder" in captured.out
    table = pd.read_csv(tmp_path / "out.csv")
    assert table["status"].tolist() == ["ok", "error", "ok", "no_face"] and table["face"].count() == 2
    names = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]
    assert table[names].sum(axis=1)[0] == pytest.approx(1, abs=1e-3)
    assert sorted(p.name for p in (tmp_path / "boxes").iterdir()) == ["a-2.jpg", "a.jpg"]
    assert emotion(monkeypatch, "predict", f"{folder}/*.jpg", "--json", "--model", model_file) == 0
    (answer,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert answer["status"] == "ok" and set(answer["faces"][0]["probabilities"]) == set(names)
    assert emotion(monkeypatch, "predict", tmp_path / "nowhere.jpg", "--model", model_file) == 1
    assert emotion(monkeypatch, "predict", f"{tmp_path}/none*.jpg") == 2


def test_mistakes_end_in_one_message(monkeypatch, capsys, tmp_path, model_file):
    assert emotion(monkeypatch, "train", tmp_path / "nowhere") == 2
    assert "no such folder" in capsys.readouterr().err
    assert emotion(monkeypatch, "evaluate", tmp_path / "none.keras", tmp_path) == 2
    (tmp_path / "old.h5").write_bytes(b"nothing")
    assert emotion(monkeypatch, "evaluate", tmp_path / "old.h5", tmp_path) == 2
    assert "Expected a Keras model" in capsys.readouterr().err


def test_help_loads_nothing_heavy():
    heavy = ("keras", "tensorflow", "numpy", "cv2", "pandas")
    script = f"import sys, emotion_lib.cli; print([m for m in {heavy} if m in sys.modules])"
    start = time.perf_counter()
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]" and time.perf_counter() - start < 5
