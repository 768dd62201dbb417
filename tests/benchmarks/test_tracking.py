"""Tests of emotion_lib.benchmarks.tracking. Those that count need the package motmetrics."""

import numpy as np
import pytest

from emotion_lib.benchmarks import tracking as module
from emotion_lib.benchmarks.tracking import TrackingError, score, tracking
from emotion_lib.benchmarks.tracking_scene import TrueFace, TrueFrame
from emotion_lib.faces.detection import Face

BOX = (10, 10, 40, 40)
OTHER = (100, 10, 40, 40)


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(module, "available", lambda name: False)
    with pytest.raises(TrackingError, match="pip install motmetrics trackers"):
        tracking(print)


def test_figures_of_a_tracker():
    pytest.importorskip("motmetrics")
    seen = [TrueFace(1, BOX, True), TrueFace(2, OTHER, True)]
    hidden = [TrueFace(1, BOX, True), TrueFace(2, OTHER, False)]
    tracked = [
        [(7, BOX), (8, OTHER)],
        [(7, BOX), (8, OTHER)],  # a hidden face counts neither way
        [(7, BOX)],  # one is missed
        [(7, BOX), (9, OTHER), (5, (300, 10, 40, 40))],  # a new number, and a box on no face
    ]
    figures = score([seen, hidden, seen, seen], tracked)
    assert figures["faces"] == 7
    assert (figures["switches"], figures["misses"], figures["false_boxes"]) == (1, 1, 1)
    # Right: four boxes of the first face, and one of the second; 7 true boxes and 7 given ones.
    assert figures["idf1"] == pytest.approx(2 * 5 / (7 + 7))


class TwoFaces:
    """Detector that finds the same two faces in every picture."""

    name = "two"
    framing = 1.0

    def detect(self, image):
        return [Face(BOX, 0.9), Face(OTHER, 0.9)] if image.shape == (60, 160, 3) else []


def test_one_row_per_tracker(monkeypatch):
    pytest.importorskip("motmetrics")
    faces = (TrueFace(1, BOX, True), TrueFace(2, OTHER, True))

    def still(portrait, detector):
        for index in range(10):
            yield TrueFrame(index / 25, np.zeros((60, 160, 3), np.uint8), faces)

    monkeypatch.setattr(module, "frames", still)
    messages = []
    monkeypatch.setattr(module, "available", lambda name: name == "motmetrics")
    table = tracking(messages.append, TwoFaces())
    assert "trackers" in messages[0]
    assert table["tracker"].tolist() == ["emotion video", "emotion video --search-every 0"]
    assert table["idf1"].tolist() == [1.0, 1.0]
    assert table["searches"].tolist() == [10, 10]
    monkeypatch.undo()
    pytest.importorskip("trackers")
    monkeypatch.setattr(module, "frames", still)
    table = tracking(messages.append, TwoFaces())
    assert len(table) == 5
    assert table["false_boxes"].tolist() == [0] * 5
