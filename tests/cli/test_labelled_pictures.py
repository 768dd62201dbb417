"""Tests of emotion_lib.cli.labelled_pictures."""

from types import SimpleNamespace

from emotion_lib.cli.labelled_pictures import Faces, face_cutter
from emotion_lib.faces import detectors


def test_the_name_of_a_cutter_depends_on_detector_and_framing(monkeypatch):
    names = set()
    for name, framing in (("one", 1.0), ("one", 1.1), ("two", 1.1)):
        detector = SimpleNamespace(name=name, framing=framing)
        monkeypatch.setattr(detectors, "load_detector", lambda found=detector: found)
        _, cutter_name = face_cutter(Faces.find)
        names.add(cutter_name)
    assert len(names) == 3


def test_whole_pictures_need_no_cutter():
    assert face_cutter(Faces.whole) == (None, "")
