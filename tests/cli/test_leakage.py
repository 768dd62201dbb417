"""Tests of ``emotion leakage``."""

import os
import shutil

import numpy as np
import pandas as pd
import pytest
from conftest import emotion
from PIL import Image


@pytest.fixture
def split_pictures(tmp_path):
    """A folder with train and test, whose photographs are smooth noise of 96x96 px."""
    coarse = np.random.default_rng(0).integers(0, 256, (6, 12, 12))
    photographs = np.kron(coarse, np.ones((8, 8))).astype(np.uint8)
    places = ["train/Joy/a.png", "train/Joy/b.png", "train/Anger/c.png", "test/Joy/d.png"]
    for place, photograph in zip([*places, "test/Anger/e.png"], photographs, strict=False):
        file = tmp_path / "mine" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photograph).save(file)
    return tmp_path / "mine"


def test_copies_in_a_folder_of_pictures(split_pictures, monkeypatch, capsys, tmp_path):
    shutil.copy(split_pictures / "train/Joy/a.png", split_pictures / "test/Anger/again.png")
    mirrored = Image.open(split_pictures / "train/Joy/b.png").transpose(Image.FLIP_LEFT_RIGHT)
    mirrored.resize((300, 300)).save(split_pictures / "test/Joy/mirrored.jpg", quality=80)
    out = tmp_path / "out"
    assert emotion(monkeypatch, "leakage", split_pictures, "--out", out) == 0
    pairs = pd.read_csv(out / "pairs.csv").set_index("kind")
    names = pairs[["first_name", "second_name"]]
    assert names.loc["exact"].tolist() == ["train/Joy/a.png", "test/Anger/again.png"]
    assert names.loc["near"].tolist() == ["train/Joy/b.png", "test/Joy/mirrored.jpg"]
    assert pairs["mirrored"].to_dict() == {"exact": False, "near": True}
    assert pairs.loc["exact", "second_label"] == "angry"
    assert Image.open(out / "pairs.png").width > 300
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "7 images, 4 of them with a copy"
    assert "train and test  exact  1      1 of train, 1 of test  1 (100%)" in lines
    assert "train and test  near   1      1 of train, 1 of test  0 (0%)" in lines


def test_no_copies_replace_an_earlier_report(split_pictures, monkeypatch, capsys, tmp_path):
    again = split_pictures / "train/Anger/again.png"
    shutil.copy(split_pictures / "train/Joy/a.png", again)
    arguments = ["leakage", split_pictures, "--out", tmp_path / "out"]
    assert emotion(monkeypatch, *arguments) == 0
    assert "within train  exact  1" in capsys.readouterr().out
    again.unlink()
    assert emotion(monkeypatch, *arguments) == 0
    assert "no copies found" in capsys.readouterr().out
    assert not (tmp_path / "out" / "pairs.png").exists()
    assert len(pd.read_csv(tmp_path / "out" / "pairs.csv")) == 0


@pytest.mark.parametrize("name", ["pairs.csv", "pairs.png"])
def test_no_foreign_file_is_replaced(name, split_pictures, monkeypatch, capsys, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("mine")
    assert emotion(monkeypatch, "leakage", split_pictures, "--out", tmp_path / "out") == 2
    assert f"whose {name} is of another origin" in capsys.readouterr().err
    assert (tmp_path / "out" / name).read_text() == "mine"


def test_unusable_data(split_pictures, monkeypatch, capsys, tmp_path):
    out = ["--out", tmp_path / "out"]
    assert emotion(monkeypatch, "leakage", tmp_path / "none", *out) == 2
    assert "no such folder" in capsys.readouterr().err
    assert emotion(monkeypatch, "leakage", "image_folder", *out) == 2
    assert "Name the folder itself" in capsys.readouterr().err
    for file in split_pictures.rglob("*.png"):
        file.write_bytes(b"no picture")
    assert emotion(monkeypatch, "leakage", split_pictures, *out) == 2
    assert "none that can be read" in capsys.readouterr().err
    assert emotion(monkeypatch, "leakage", split_pictures, "--correlation", "0.2", *out) == 2
    (tmp_path / "file").write_text("mine")
    assert emotion(monkeypatch, "leakage", split_pictures, "--out", tmp_path / "file") == 2
    assert "Expected a folder to write to" in capsys.readouterr().err


def test_names_that_are_not_utf_8(split_pictures, monkeypatch, tmp_path):
    folder = split_pictures / "train" / os.fsdecode(b"\xe8")
    folder.mkdir()
    shutil.copy(split_pictures / "test/Joy/d.png", folder / os.fsdecode(b"\xe9.png"))
    assert emotion(monkeypatch, "leakage", split_pictures, "--out", tmp_path / "out") == 0
    pair = pd.read_csv(tmp_path / "out" / "pairs.csv").iloc[0]
    assert (pair["first_name"], pair["first_label"]) == (r"train/\xe8/\xe9.png", r"\xe8")
