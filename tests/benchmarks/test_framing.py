"""Tests of emotion_lib.benchmarks.framing."""

import numpy as np
import pytest

from emotion_lib.benchmarks.framing import found_crops, measure_framing
from emotion_lib.faces.cut_out import padded
from emotion_lib.faces.detection import Face


class BrightDetector:
    """Finds in a bright picture a box of 72x50 px around its middle, and one that is smaller."""

    name = "bright"
    framing = 2.4

    def detect(self, image):
        height, width = image.shape[:2]
        if image.mean() < 100:
            return []
        small = Face((0, 0, 20, 20), 0.9)
        return [small, Face((width / 2 - 36, height / 2 - 25, 72, 50), 0.8)]


@pytest.fixture
def images():
    """Return a dark face and two bright ones."""
    return np.stack([np.full((48, 48), value, np.uint8) for value in (10, 200, 220)])


def test_a_face_of_fer2013_is_the_middle_of_its_picture():
    face = np.full((48, 48), 255, np.uint8)
    face[16:32, 16:32] = 0
    picture = padded(face)
    assert picture.shape == (288, 288, 3)
    assert picture[130:158, 130:158].max() < 10
    assert picture[:60].min() == 255


def test_the_median_box_fills_a_square_as_the_face_fills_its_own(images):
    result = measure_framing(BrightDetector(), images)
    assert (result.images, result.found) == (3, 2)
    assert result.framing == pytest.approx(144 / np.sqrt(72 * 50))
    assert result.q1 == result.q3 == result.framing


def test_a_detector_that_finds_nothing_has_no_framing(images):
    with pytest.raises(ValueError, match="Received: none in 1 images"):
        measure_framing(BrightDetector(), images[:1])


def test_the_crops_are_framed_and_say_whose_they_are(images):
    indices, crops = found_crops(BrightDetector(), images)
    assert indices.tolist() == [1, 2]
    assert [crop.shape for crop in crops] == [(144, 144, 3)] * 2
    assert crops[0].mean() == 200
