import numpy as np
import pytest
from PIL import Image

from emotion_lib.benchmarks import tracking_scene
from emotion_lib.benchmarks.tracking import HEAD, PORTRAIT
from emotion_lib.benchmarks.tracking_scene import CAST, Person, frames
from emotion_lib.faces.detection import iou
from emotion_lib.faces.detectors import load_detector


@pytest.fixture(scope="module")
def portrait():
    return Image.open(PORTRAIT).convert("RGB").crop(HEAD)


def test_the_detector_finds_the_visible_faces_where_they_are(portrait):
    detector = load_detector()
    for number, frame in enumerate(frames(portrait, detector)):
        if number % 40 == 0:
            found = [face.box for face in detector.detect(frame.image)]
            for face in frame.faces:
                assert not face.visible or max(iou(face.box, box) for box in found) > 0.5
        if number == 120:
            break


def test_a_face_behind_another_and_one_outside_are_not_visible(portrait, monkeypatch):
    monkeypatch.setattr(tracking_scene, "SECONDS", 0.04)
    places = [(200, 100), (210, 100), (640, 300), (500, 300)]
    cast = tuple(Person(120, lambda time_s, place=place: place) for place in places)
    (frame,) = frames(portrait, load_detector(), cast)
    assert [face.identity for face in frame.faces] == [1, 2, 3, 4]
    assert [face.visible for face in frame.faces] == [False, True, False, True]
    assert frame.image.shape == (480, 640, 3)
    assert frame.image.dtype == np.uint8


def test_the_scenes_do_what_they_are_for():
    """Two cross, one leaves the picture, one is missing twice, and nobody survives the cut."""
    first = [[person.place(time_s) for person in CAST[:5]] for time_s in np.arange(0, 14, 0.04)]
    sides = np.sign([places[0][0] - places[1][0] for places in first])
    assert (np.diff(sides) != 0).sum() >= 4
    assert max(places[3][0] for places in first) > 620
    missing = np.array([places[4] is None for places in first])
    assert (np.diff(missing.astype(int)) == 1).sum() == 2
    assert all(person.place(14.0) is None for person in CAST[:5])
    assert all(person.place(14.0) is not None for person in CAST[5:])
