import os

from emotion_lib.faces.detection import Face
from emotion_lib.inference.results import Prediction, Result
from emotion_lib.inference.tables import columns, rows


def test_one_row_per_face():
    face = Face((1.26, 2, 3, 4), 0.912345)
    prediction = Prediction(face, {"happy": 0.91239, "sad": 0.08761}, "happy")
    first, second = rows("a.jpg", Result("ok", (prediction, prediction)))
    assert first == {
        "file": "a.jpg",
        "status": "ok",
        "error": None,
        "face": 1,
        "label": "happy",
        "detector_score": 0.9123,
        "x": 1.3,
        "y": 2,
        "width": 3,
        "height": 4,
        "happy": 0.9124,
        "sad": 0.0876,
    }
    assert second["face"] == 2
    assert tuple(first) == columns(("happy", "sad"))


def test_a_single_row_without_a_face():
    (row,) = rows("a.jpg", Result("no_face"))
    assert row == {"file": "a.jpg", "status": "no_face", "error": None}
    (row,) = rows("a.jpg", Result("error", error="why"))
    assert row["error"] == "why"


def test_names_that_are_not_utf8_become_text():
    name = os.fsdecode(b"caf\xe9.jpg")
    (row,) = rows(name, Result("error", error=f"Expected {name}."))
    assert row == {"file": "caf\\xe9.jpg", "status": "error", "error": "Expected caf\\xe9.jpg."}
