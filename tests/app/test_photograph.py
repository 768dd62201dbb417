"""Tests of emotion_lib.app.photograph."""

import re

from PIL import Image

from emotion_lib.app.photograph import NO_FACE, read_photograph


def test_a_photograph(predictor, photograph):
    picture, message, bars = read_photograph(predictor, str(photograph))
    assert picture.shape == (512, 512, 3)
    assert message.startswith("**1 face.**")
    shares = [int(share) for share in re.findall(r">(\d+) %<", bars)]
    assert len(shares) == 7
    assert 97 <= sum(shares) <= 103
    assert all(name in bars for name in predictor.class_names)


def test_a_photograph_without_a_face(predictor, tmp_path):
    path = tmp_path / "wall.png"
    Image.new("RGB", (200, 200), "gray").save(path)
    picture, message, bars = read_photograph(predictor, str(path))
    assert picture.shape == (200, 200, 3)
    assert (message, bars) == (NO_FACE, "")


def test_a_large_photograph_is_shown_smaller(predictor, tmp_path):
    path = tmp_path / "wall.png"
    Image.new("RGB", (4096, 1024), "gray").save(path)
    assert read_photograph(predictor, str(path))[0].shape == (512, 2048, 3)


def test_a_failing_detector_is_explained(predictor, photograph, monkeypatch):
    def fail(image):
        raise MemoryError

    monkeypatch.setattr(predictor.detector, "detect", fail)
    picture, message, _ = read_photograph(predictor, str(photograph))
    assert picture is None
    assert "Received: MemoryError" in message


def test_a_bad_picture_is_explained_without_the_servers_path(predictor, tmp_path):
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"nothing")
    picture, message, _ = read_photograph(predictor, str(path))
    assert picture is None
    assert "cannot be read" in message
    assert "broken.jpg" in message
    assert str(tmp_path) not in message


def test_a_removed_picture(predictor):
    assert read_photograph(predictor, None) == (None, "", "")
