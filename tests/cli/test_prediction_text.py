"""Tests of emotion_lib.cli.prediction_text."""

import json
from pathlib import Path

from emotion_lib.cli.prediction_text import json_line
from emotion_lib.faces.detection import Face
from emotion_lib.inference.results import Prediction, Result


def test_a_face_as_json():
    landmarks = {"left_eye": (20.04, 30), "right_eye": (40, 30), "left_ear": (10.06, 35)}
    face = Face((1.26, 2, 60, 60), 0.9, landmarks)
    line = json_line(Path("a.jpg"), Result("ok", (Prediction(face, {"happy": 1.0}, "happy"),)))
    assert json.loads(line) == {
        "file": "a.jpg",
        "status": "ok",
        "error": None,
        "faces": [
            {
                "label": "happy",
                "detector_score": 0.9,
                "box": [1.3, 2, 60, 60],
                "size": 60.0,
                "roll": 0.0,
                "quality": "good",
                "landmarks": {
                    "left_eye": [20.0, 30],
                    "right_eye": [40, 30],
                    "left_ear": [10.1, 35],
                },
                "probabilities": {"happy": 1.0},
            }
        ],
    }


def test_no_landmarks_give_no_roll():
    face = Face((0, 0, 60, 60), 0.9)
    line = json_line(Path("a.jpg"), Result("ok", (Prediction(face, {"happy": 1.0}, "happy"),)))
    (answer,) = json.loads(line)["faces"]
    assert answer["roll"] is None
    assert answer["landmarks"] == {}
