"""Tests of ``emotion labels``."""

import os
import shutil

import numpy as np
import pandas as pd
import pytest
from conftest import emotion
from PIL import Image


@pytest.fixture
def bright_and_dark(tmp_path):
    """A model that takes bright pictures for happy and dark ones for sad, and a folder.

    Of ten pictures in each class, happy/9.png is dark.
    """
    import keras

    from emotion_lib import artifacts

    inputs = keras.Input((48, 48, 1))
    mean = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(inputs))
    outputs = keras.layers.Dense(2, activation="softmax")(mean)
    model = keras.Model(inputs, outputs)
    model.layers[-1].set_weights([np.array([[6.0, 0.0]]), np.array([-3.0, 0.0])])
    for name in ("happy", "sad"):
        (tmp_path / "mine" / name).mkdir(parents=True)
        for number in range(10):
            shade = 200 + number if name == "happy" else 50 - number
            if (name, number) == ("happy", 9):
                shade = 20
            Image.new("L", (48, 48), shade).save(tmp_path / "mine" / name / f"{number}.png")
    return artifacts.export(model, tmp_path / "m.keras", ("happy", "sad")), tmp_path / "mine"


def test_the_doubtful_label_is_listed(bright_and_dark, tmp_path, monkeypatch, capsys):
    model, folder = bright_and_dark
    out = tmp_path / "new" / "doubtful.csv"
    arguments = ["labels", model, folder, "--faces", "whole", "--out", out]
    assert emotion(monkeypatch, *arguments) == 0
    table = pd.read_csv(out)
    assert table["file"].tolist() == ["happy/9.png"]
    assert table.loc[0, ["label", "suggested"]].tolist() == ["happy", "sad"]
    # Shade 20: softmax of (6 * 20 / 255 - 3, 0).
    assert table.loc[0, "of label"] == pytest.approx(1 / (1 + np.exp(3 - 6 * 20 / 255)), abs=2e-3)
    printed = capsys.readouterr().out
    assert "1 of 20 labels are doubtful" in printed
    assert "happy/9.png: happy, or sad?" in printed
    before = out.read_bytes()
    assert emotion(monkeypatch, *arguments) == 2  # the list is not replaced
    assert out.read_bytes() == before


def test_a_name_that_is_not_utf_8(bright_and_dark, tmp_path, monkeypatch):
    model, folder = bright_and_dark
    (folder / "happy" / "9.png").rename(folder / "happy" / os.fsdecode(b"\xe9.png"))
    out = tmp_path / "doubtful.csv"
    assert emotion(monkeypatch, "labels", model, folder, "--faces", "whole", "--out", out) == 0
    assert pd.read_csv(out)["file"].tolist() == [r"happy/\xe9.png"]


def test_a_folder_of_one_class_is_refused(bright_and_dark, tmp_path, monkeypatch, capsys):
    model, folder = bright_and_dark
    shutil.rmtree(folder / "happy")
    out = tmp_path / "none.csv"
    assert emotion(monkeypatch, "labels", model, folder, "--faces", "whole", "--out", out) == 2
    assert "at least two classes" in capsys.readouterr().err
    assert not out.exists()


def test_a_missing_folder_is_an_error(bright_and_dark, tmp_path, monkeypatch):
    model, _ = bright_and_dark
    assert emotion(monkeypatch, "labels", model, tmp_path / "nowhere") == 2
