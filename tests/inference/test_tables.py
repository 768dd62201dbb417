import os

from emotion_lib.faces.detection import Face
from emotion_lib.inference.results import Prediction, Result
from emotion_lib.inference.tables import columns, rows


def test_a_row_a_face():
    face = Face((1.26, 2, 3, 4), 0.912345)
    result = Result("ok", (Prediction(face, {"happy": 0.91239, "sad": 0.08761}, "happy"),) * 2)
    first, second = rows("a.jpg", result)
    assert first == {
        "file": "a.jpg", "status": "ok", "error": None, "face": 1, "label": "happy", "detector_score": 0.9123,
        "x": 1.3, "y": 2, "width": 3, "height": 4, "happy": 0.9124, "sad": 0.0876,
    }  # fmt: skip
    assert second["face"] == 2 and tuple(first) == columns(("happy", "sad"))


def test_a_row_without_a_face():
    assert rows("a.jpg", Result("no_face")) == [
        {"file": "a.jpg", "status": "no_face", "error": None}
    ]
    assert rows("a.jpg", Result("error", error="why"))[0]["error"] == "why"


def test_names_that_are_not_utf8_become_text():
    name = os.fsdecode(b"caf\xe9.jpg")
    (row,) = rows(name, Result("error", error=f"Expected {name}."))
    assert row == {"file": "caf\\xe9.jpg", "status": "error", "error": "Expected caf\\xe9.jpg."}
