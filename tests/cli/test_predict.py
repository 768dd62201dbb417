"""Tests of ``emotion predict``."""

import io
import json
import os
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from conftest import emotion
from PIL import Image

from emotion_lib.inference.predictor import Predictor


def test_files_folders_and_patterns(photograph, monkeypatch, capsys, tmp_path, model_file):
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.jpg", "deep/a.jpg"):
        shutil.copy(photograph, folder / name)
    (folder / "broken.png").write_bytes(b"nothing")
    (folder / "notes.txt").write_text("no picture")
    Image.new("RGB", (200, 200), "gray").save(folder / "empty.png")
    options = ["--model", model_file, "--abstain", 0]
    options += ["--csv", tmp_path / "out.csv", "--annotate", tmp_path / "boxes"]
    assert emotion(monkeypatch, "predict", folder, *options) == 1  # one picture is broken
    captured = capsys.readouterr()
    assert "4 pictures, 2 faces; 1 without a face, 1 could not be used" in captured.err
    assert "empty.png: no face found" in captured.out and "no decoder" in captured.out
    table = pd.read_csv(tmp_path / "out.csv")
    assert table["status"].tolist() == ["ok", "error", "ok", "no_face"]
    assert table["face"].count() == 2
    names = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]
    assert table[names].sum(axis=1)[0] == pytest.approx(1, abs=1e-3)
    assert sorted(p.name for p in (tmp_path / "boxes").iterdir()) == ["a-2.jpg", "a.jpg"]
    assert emotion(monkeypatch, "predict", f"{folder}/*.jpg", "--json", "--model", model_file) == 0
    (answer,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert answer["status"] == "ok"
    assert set(answer["faces"][0]["probabilities"]) == set(names)
    assert emotion(monkeypatch, "predict", tmp_path / "nowhere.jpg", "--model", model_file) == 1
    assert emotion(monkeypatch, "predict", f"{tmp_path}/none*.jpg") == 2


def test_every_bad_picture_among_good_ones(pictures, monkeypatch, capsys, tmp_path):
    """Each bad picture is named with its reason, and the good ones are read."""
    good = (pictures / "a.jpg").read_bytes()
    bad = {
        "empty.jpg": b"",
        "text.jpg": b"not a picture",
        "cut.jpg": good[: len(good) // 2],
        "cut.png": b"\x89PNG\r\n\x1a\n",
    }
    for name, content in bad.items():
        (pictures / name).write_bytes(content)
    Image.new("RGB", (8, 8)).save(pictures / "tiny.png")
    Image.new("1", (20000, 20000)).save(pictures / "huge.png")
    Image.new("CMYK", (300, 300)).save(pictures / "no_face.jpg")
    assert emotion(monkeypatch, "predict", pictures, "--csv", tmp_path / "f.csv") == 1
    out, err = capsys.readouterr()
    assert "10 pictures, 3 faces; 1 without a face, 6 could not be used" in err
    for name in (*bad, "tiny.png", "huge.png"):
        assert f"{pictures / name}: Expected" in err and f"{pictures / name}: Expected" in out
    table = pd.read_csv(tmp_path / "f.csv")
    assert table["status"].value_counts().to_dict() == {"error": 6, "ok": 3, "no_face": 1}


def test_a_full_disk_costs_copies_not_answers(pictures, monkeypatch, capsys, tmp_path):
    """One copy fits, then the disk is full."""
    save = Image.Image.save
    saved = []

    def save_one(image, target, *arguments, **options):
        if saved:
            target.write_bytes(b"half a pict")
            raise OSError(28, "No space left on device")
        saved.append(target)
        save(image, target, *arguments, **options)

    monkeypatch.setattr(Image.Image, "save", save_one)
    options = ["--annotate", tmp_path / "copies", "--csv", tmp_path / "f.csv"]
    assert emotion(monkeypatch, "predict", pictures, *options) == 1
    err = capsys.readouterr().err
    assert "3 faces" in err
    assert "1 annotated, 2 copies could not be written" in err
    assert "No space left" in err
    # No file is half written.
    assert [path.name for path in (tmp_path / "copies").iterdir()] == ["a.jpg"]
    assert len(pd.read_csv(tmp_path / "f.csv")) == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_device_ends_before_pictures_are_read(pictures, monkeypatch, capsys):
    assert emotion(monkeypatch, "predict", pictures, "--csv", "/dev/full") == 2
    out, err = capsys.readouterr()
    assert "No space left" in err and not out


def test_a_full_disk_ends_the_table_after_a_whole_row(pictures, monkeypatch, capsys, tmp_path):
    """The disk is full in the middle of a row."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    assert emotion(monkeypatch, "predict", pictures / "a.jpg", "--csv", tmp_path / "f.csv") == 0
    room = (tmp_path / "f.csv").stat().st_size + 20
    capsys.readouterr()
    with open(os.devnull, "w") as nowhere, monkeypatch.context() as patch:
        # pytest writes captured output into a file too, which the limit would stop.
        patch.setattr(sys, "stdout", nowhere)
        patch.setattr(sys, "stderr", text := io.StringIO())
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
        try:
            assert emotion(monkeypatch, "predict", pictures, "--csv", tmp_path / "f.csv") == 2
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "stopped after 1 of 3 pictures" in text.getvalue()
    table = pd.read_csv(tmp_path / "f.csv")
    assert table["file"].tolist() == [str(pictures / "a.jpg")]
    assert table.notna()["surprise"].all()


def test_outputs_never_replace_pictures(pictures, monkeypatch, capsys):
    before = {path: path.read_bytes() for path in pictures.iterdir()}
    for _ in range(2):  # the second run neither reads nor multiplies the copies of the first
        assert emotion(monkeypatch, "predict", pictures, "--annotate", pictures) == 0
        assert "3 pictures, 3 faces" in capsys.readouterr().err
        new = set(pictures.iterdir()) - set(before)
        assert {path.name for path in new} == {"a-2.jpg", "b-2.jpg", "c-2.jpg"}
    assert emotion(monkeypatch, "predict", pictures, "--annotate", pictures / "a.jpg") == 2
    out, err = capsys.readouterr()
    assert not out and "Expected a folder for --annotate" in err
    assert emotion(monkeypatch, "predict", pictures, "--csv", pictures / "a.jpg") == 2
    out, err = capsys.readouterr()
    assert "one of the pictures" in err and not out
    assert {path: path.read_bytes() for path in before} == before


def test_a_picture_is_read_once(pictures, monkeypatch, capsys, tmp_path):
    (tmp_path / "linked").symlink_to(pictures)
    (pictures / "deep").mkdir()
    monkeypatch.chdir(tmp_path)
    sources = [
        "pictures",
        "pictures/",
        tmp_path / "pictures",
        "pictures/a.jpg",
        "pictures/deep/../b.jpg",
        "linked",
        "pi*/*.jpg",
    ]
    assert emotion(monkeypatch, "predict", *sources) == 0
    out, err = capsys.readouterr()
    assert "3 pictures, 3 faces" in err
    names = [line.split()[0] for line in out.splitlines()]
    assert names == ["pictures/a.jpg", "pictures/b.jpg", "pictures/c.jpg"]


def test_files_that_are_skipped_are_counted(pictures, monkeypatch, capsys, tmp_path):
    (pictures / "a.jpg").rename(pictures / "a.jfif")
    (pictures / ".hidden.jpg").write_bytes(b"")
    (pictures / "clip.mp4").write_bytes(b"")
    (pictures / "gone.jpg").symlink_to(tmp_path / "nowhere")
    more = tmp_path / "more"
    more.mkdir()
    shutil.move(pictures / "c.jpg", more)
    (pictures / "linked").symlink_to(more)
    assert emotion(monkeypatch, "predict", pictures) == 0
    out, err = capsys.readouterr()
    assert "3 pictures, 3 faces" in err and "skipped: 1 .mp4, 1 dangling links, 1 hidden" in err
    assert "a.jfif" in out and "linked/c.jpg" in out
    (more / "c.jpg").unlink()
    (more / "clip.mp4").write_bytes(b"")
    assert emotion(monkeypatch, "predict", more) == 2
    assert "(skipped: 1 .mp4)" in capsys.readouterr().err


def test_odd_names(pictures, monkeypatch, capsysbinary, tmp_path):
    """Not UTF-8, with a colon, with the tilde of an unknown user, too long for a file."""
    monkeypatch.chdir(pictures)
    names = [os.fsdecode(b"caf\xe9.jpg"), os.fsdecode(b"caf\xe8.jpg"), "12:30.jpg", "~nobody.jpg"]
    for name in names:
        shutil.copy("a.jpg", name)
    Path(os.fsdecode(b"bad\xe9.jpg")).write_bytes(b"nothing")
    names += [os.fsdecode(b"bad\xe9.jpg"), "x" * 300 + ".jpg"]
    texts = ["caf\\xe9.jpg", "caf\\xe8.jpg", "12:30.jpg", "~nobody.jpg"]
    texts += ["bad\\xe9.jpg", "x" * 300 + ".jpg"]
    options = ["--csv", tmp_path / "f.csv", "--annotate", "boxes"]
    assert emotion(monkeypatch, "predict", *names, "--json", *options) == 1
    answers = [json.loads(line) for line in capsysbinary.readouterr().out.decode().splitlines()]
    assert [answer["file"] for answer in answers] == texts
    assert [answer["status"] for answer in answers] == ["ok"] * 4 + ["error"] * 2
    assert "bad\\xe9.jpg" in answers[4]["error"]
    assert pd.read_csv(tmp_path / "f.csv")["file"].tolist() == texts
    assert os.path.exists(os.path.join("boxes", names[0])) and len(os.listdir("boxes")) == 4
    assert emotion(monkeypatch, "predict", *names) == 1
    lines = capsysbinary.readouterr().out.decode().splitlines()
    for line, text in zip(lines, texts, strict=True):
        assert line.startswith(text)


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("a decoder's own"), KeyError("x"), EOFError()]
)
def test_one_picture_never_ends_the_batch(error, pictures, monkeypatch, capsys):
    """A library may raise anything, while a picture is read, searched or classified."""
    from emotion_lib.inference import predictor

    find = predictor.faces_with_crops
    scores = Predictor._raw_scores

    def find_or_fail(picture, *options):
        if Path(picture.name).name == "a.jpg":
            raise error
        return find(picture, *options)

    def scores_or_fail(self, crops):
        if len(crops) > 1 or not scored:
            scored.append(len(crops))
            raise error
        return scores(self, crops)

    scored = [0]  # the batch of two fails, then each alone does not
    monkeypatch.setattr(predictor, "faces_with_crops", find_or_fail)
    monkeypatch.setattr(Predictor, "_raw_scores", scores_or_fail)
    assert emotion(monkeypatch, "predict", pictures) == 1
    out, err = capsys.readouterr()
    assert "3 pictures, 2 faces; 0 without a face, 1 could not be used" in err and scored == [0, 2]
    assert f"Expected to read {pictures / 'a.jpg'}. Received: {type(error).__name__}" in out
    scored.clear()  # now the first picture fails alone too
    assert emotion(monkeypatch, "predict", pictures / "b.jpg") == 1
    out = capsys.readouterr().out
    assert f"Expected to read {pictures / 'b.jpg'}. Received: {type(error).__name__}" in out


def test_ctrl_c_keeps_the_results_until_then(pictures, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(Predictor, "PICTURES_PER_BATCH", 1)
    scores = Predictor._raw_scores
    calls = []

    def interrupted(self, crops):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return scores(self, crops)

    monkeypatch.setattr(Predictor, "_raw_scores", interrupted)
    assert emotion(monkeypatch, "predict", pictures, "--csv", tmp_path / "f.csv") == 130
    assert "interrupted after 2 of 3 pictures" in capsys.readouterr().err
    assert len(pd.read_csv(tmp_path / "f.csv")) == 2


def test_sigterm_ends_the_command_like_ctrl_c(sigterm, pictures, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(Predictor, "PICTURES_PER_BATCH", 1)
    scores = Predictor._raw_scores
    calls = []

    def terminated(self, crops):
        calls.append(1)
        if len(calls) == 3:
            sigterm()
        return scores(self, crops)

    monkeypatch.setattr(Predictor, "_raw_scores", terminated)
    assert emotion(monkeypatch, "predict", pictures, "--csv", tmp_path / "f.csv") == 130
    assert len(pd.read_csv(tmp_path / "f.csv")) == 2
