"""Places of labels: away from faces and from each other."""

from itertools import combinations

import numpy as np

from emotion_lib.faces.detection import intersection
from emotion_lib.inference.label_places import label_places

SIZE = (60, 16)


def labels(boxes, image_size):
    return [(*place, *SIZE) for place in label_places(boxes, [SIZE] * len(boxes), image_size)]


def test_labels_cover_neither_faces_nor_each_other():
    boxes = [(x, y, 50, 50) for x in range(10, 600, 110) for y in range(40, 400, 90)]
    found = labels(boxes, (700, 420))
    assert all(intersection(a, b) == 0 for a, b in combinations(found, 2))
    assert all(intersection(label, box) == 0 for label in found for box in boxes)


def test_a_label_goes_elsewhere_where_another_face_is_above():
    lower = (100, 100, 60, 60)
    upper = (100, 45, 60, 50)
    first, second = labels([lower, upper], (300, 300))
    assert first[1] >= 160
    assert second[1] == 45 - 16


def test_labels_stay_in_the_image():
    boxes = [(-20, -20, 60, 60), (270, 270, 60, 60), (270, -20, 60, 60), (-20, 270, 60, 60)]
    for x, y, width, height in labels(boxes, (300, 300)):
        assert 0 <= x <= 300 - width
        assert 0 <= y <= 300 - height


def test_a_crowd_covers_as_little_as_it_can():
    rng = np.random.default_rng(0)
    boxes = [(*rng.uniform(0, 360, 2), 40, 40) for _ in range(60)]
    found = labels(boxes, (400, 400))
    above = [(x, y - 16, *SIZE) for x, y, _, _ in boxes]

    def covered(places):
        return sum(intersection(a, b) for a, b in combinations(places, 2))

    assert covered(found) < covered(above) / 2
