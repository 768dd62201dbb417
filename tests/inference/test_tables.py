import os

from emotion_lib.faces.detection import Face
from emotion_lib.inference.results import Prediction, Result
from emotion_lib.inference.tables import columns, rows

LANDMARKS = {
    "left_eye": (31.26, 40),
    "right_eye": (61, 70),
    "nose": (41, 60),
    "mouth": (35, 71),
    "left_ear": (20, 30),
}


def test_one_row_per_face():
    face = Face((1.26, 2, 90, 40), 0.912345, LANDMARKS)
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
        "width": 90,
        "height": 40,
        "size": 60.0,
        "roll": 45.2,
        "quality": "poor",
        "left_eye_x": 31.3,
        "left_eye_y": 40,
        "right_eye_x": 61,
        "right_eye_y": 70,
        "nose_x": 41,
        "nose_y": 60,
        "mouth_x": 35,
        "mouth_y": 71,
        "happy": 0.9124,
        "sad": 0.0876,
    }
    assert second["face"] == 2
    assert tuple(first) == columns(("happy", "sad"))


def test_a_face_without_landmarks_has_no_roll():
    prediction = Prediction(Face((0, 0, 60, 60), 0.9), {"happy": 1.0}, "happy")
    (row,) = rows("a.jpg", Result("ok", (prediction,)))
    assert row["roll"] is row["nose_x"] is row["mouth_y"] is None
    assert row["quality"] == "good"
    assert tuple(row) == columns(("happy",))


def test_a_single_row_without_a_face():
    (row,) = rows("a.jpg", Result("no_face"))
    assert row == {"file": "a.jpg", "status": "no_face", "error": None}
    (row,) = rows("a.jpg", Result("error", error="why"))
    assert row["error"] == "why"


def test_names_that_are_not_utf8_become_text():
    name = os.fsdecode(b"caf\xe9.jpg")
    (row,) = rows(name, Result("error", error=f"Expected {name}."))
    assert row == {"file": "caf\\xe9.jpg", "status": "error", "error": "Expected caf\\xe9.jpg."}
