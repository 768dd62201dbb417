import numpy as np
import pytest

from emotion_lib.faces.detection import (
    DetectorError,
    Face,
    distinct,
    find_faces,
    iou,
    is_among,
    require,
)


class NeverAsked:
    name = "never"
    framing = 1.0

    def detect(self, image):
        raise AssertionError("the image is a face already")


def test_small_images_are_faces_already():
    (face,) = find_faces(np.zeros((64, 50, 3), np.uint8), NeverAsked())
    assert face.box == (0, 0, 50, 64)
    assert face.score == 1


def test_overlapping_boxes_are_one_face():
    sure = Face((10, 10, 40, 40), 0.9)
    weak = Face((20, 15, 40, 40), 0.6)
    inside = Face((15, 15, 14, 14), 0.8)
    beside = Face((49, 10, 40, 40), 0.5)
    assert distinct([beside, weak, inside, sure]) == [sure, beside]


def test_boxes_that_are_too_small_to_read_are_dropped():
    assert distinct([Face((0, 0, 11, 30), 0.9), Face((0, 0, 0, 0), 1.0)]) == []


def test_roll_is_the_angle_of_the_line_through_the_eyes():
    box = (0, 0, 9, 9)
    assert Face(box, 1.0).roll == 0
    assert Face(box, 1.0, {"nose": (3, 3)}).roll == 0
    assert Face(box, 1.0, {"left_eye": (3, 3), "right_eye": (7, 3)}).roll == 0
    assert Face(box, 1.0, {"left_eye": (3, 3), "right_eye": (6, 6)}).roll == pytest.approx(45)


def test_a_scaled_face_has_a_scaled_box_and_landmarks():
    face = Face((1, 2, 3, 4), 0.9, {"nose": (5, 6)}).scaled(2)
    assert face == Face((2, 4, 6, 8), 0.9, {"nose": (10, 12)})


@pytest.mark.parametrize(
    "box, score, eye, quality",
    [
        ((0, 0, 48, 60), 0.9, (7, 3), "good"),
        ((0, 0, 20, 20), 0.9, (7, 3), "poor"),
        ((0, 0, 48, 60), 0.4, (7, 3), "poor"),
        ((0, 0, 48, 60), 0.9, (3, 7), "poor"),
    ],
)
def test_a_small_uncertain_or_turned_view_is_poor(box, score, eye, quality):
    face = Face(box, score, {"left_eye": (3, 3), "right_eye": eye})
    assert face.quality == quality


def test_a_face_moved_to_another_image():
    face = Face((1, 2, 3, 4), 0.9, {"nose": (5, 6)}).moved(100, 200, 2)
    assert face == Face((102, 204, 6, 8), 0.9, {"nose": (110, 212)})


def test_intersection_over_union():
    assert iou((0, 0, 2, 2), (0, 0, 2, 2)) == 1
    assert iou((0, 0, 2, 2), (1, 0, 2, 2)) == pytest.approx(1 / 3)
    assert iou((0, 0, 2, 2), (5, 5, 2, 2)) == 0
    assert iou((0, 0, 2, 2), (1, 1, 0, 0)) == 0


def test_a_box_without_an_area_is_among_no_others():
    assert not is_among(Face((5, 5, 0, 3), 0.9), [Face((0, 0, 20, 20), 0.9)])


def test_a_missing_package_is_named_with_an_alternative():
    require("numpy", "numpy", "haar", "numpy")
    message = r"a-package for the face detector haar.*`emotion setup`.*`pip install 'a-package<5'`"
    with pytest.raises(DetectorError, match=message):
        require("no_such_module", "a-package", "haar", "'a-package<5'")
