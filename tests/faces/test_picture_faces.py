"""Faces of large pictures."""

import io

import numpy as np
import pytest
from PIL import Image

from emotion_lib.faces.cropping import crop
from emotion_lib.faces.detection import Face, iou
from emotion_lib.faces.detectors import SharedDetector, load_detector
from emotion_lib.faces.picture_faces import faces_with_crops
from emotion_lib.images import Picture, read_image

SIDE = 48


@pytest.fixture(scope="module")
def large(photograph):
    """Return the portrait as a JPEG file of 9 megapixels, stored on its side."""
    image = Image.open(photograph).convert("RGB").resize((3001, 3001), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = 8  # stored turned clockwise
    buffer = io.BytesIO()
    image.transpose(Image.Transpose.ROTATE_270).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


class Known:
    """Detector that knows where the faces are, in px of the full picture."""

    name = "known"
    framing = 1.0
    max_side = 960

    def __init__(self, *faces, width):
        self.faces = faces
        self.width = width

    def detect(self, image):
        self.shape = image.shape
        return [face.scaled(1 / round(self.width / image.shape[1])) for face in self.faces]


def test_faces_of_a_reduced_picture_are_in_px_of_the_full_one(large):
    detector = SharedDetector(load_detector())
    (expected,) = detector.detect(read_image(large))
    with Picture(large) as picture:
        ((face, pixels),) = faces_with_crops(picture, detector, SIDE)
    assert iou(face.box, expected.box) > 0.9
    assert face.landmarks.keys() == expected.landmarks.keys()
    for name, point in face.landmarks.items():
        assert np.hypot(*np.subtract(point, expected.landmarks[name])) < expected.size / 20
    assert SIDE < len(pixels) < detector.framing * face.size / 2 + 2


def test_small_faces_are_cut_from_a_larger_scale(large):
    big = Face((1100, 300, 700, 700), 0.9)
    small = Face((1300, 500, 80, 80), 0.9)
    for faces, sides in (([big], [175]), ([big, small], [700, 80])):
        detector = Known(*faces, width=3001)
        with Picture(large) as picture:
            found = faces_with_crops(picture, detector, SIDE)
        assert detector.shape == (751, 751, 3)
        for (face, _), expected in zip(found, faces, strict=True):
            assert face.box == pytest.approx(expected.box, abs=4)
        assert [len(pixels) for _, pixels in found] == sides
        full = read_image(large)
        for face, pixels in found:
            expected = Image.fromarray(crop(full, face, 1.0)).resize(pixels.shape[:2])
            assert np.abs(np.asarray(expected, float) - pixels).mean() < 3


def test_a_turned_face_at_the_edge_is_cut_from_a_larger_scale(large):
    landmarks = {"left_eye": (20.0, 2900.0), "right_eye": (50.0, 2930.0)}
    face = Face((0, 2880, 80, 80), 0.9, landmarks)
    with Picture(large) as picture:
        ((_, pixels),) = faces_with_crops(picture, Known(face, width=3001), SIDE)
    expected = crop(read_image(large), face, 1.0)
    assert np.abs(expected.astype(float) - pixels).mean() < 3


def test_a_picture_that_is_small_is_cut_as_it_is(photograph):
    detector = SharedDetector(load_detector())
    full = read_image(photograph)
    (face,) = detector.detect(full)
    with Picture(photograph) as picture:
        ((found, pixels),) = faces_with_crops(picture, detector, SIDE)
    assert found == face
    assert np.array_equal(pixels, crop(full, face, detector.framing))
