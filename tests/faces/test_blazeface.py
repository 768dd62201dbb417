from itertools import islice

import numpy as np
import pytest
from PIL import Image

from emotion_lib.benchmarks.no_faces import no_faces
from emotion_lib.faces import blazeface
from emotion_lib.faces.blazeface import BlazeFace
from emotion_lib.faces.cropping import MIN_ROLL
from emotion_lib.faces.detection import Face, iou
from emotion_lib.images import read_image

PORTRAIT_FACE = (172, 62, 102, 128)


@pytest.fixture(scope="module")
def detector():
    return BlazeFace()


@pytest.fixture(scope="module")
def portrait(photograph):
    return read_image(photograph)


def in_a_picture(portrait, side, where, size=(960, 1280)):
    """Return a gray picture with the portrait, and the place of its face."""
    picture = np.full((*size, 3), 128, np.uint8)
    x, y = where
    small = Image.fromarray(portrait).resize((side, side))
    picture[y : y + side, x : x + side] = np.asarray(small)
    return picture, Face(PORTRAIT_FACE, 1.0).moved(x, y, side / 512)


def test_landmarks_and_box_of_the_portrait(detector, portrait):
    (face,) = detector.detect(portrait)
    assert iou(face.box, PORTRAIT_FACE) > 0.7
    points = face.landmarks
    assert points["left_ear"][0] < points["left_eye"][0] < points["nose"][0]
    assert points["nose"][0] < points["right_eye"][0] < points["right_ear"][0]
    assert points["left_eye"][1] < points["nose"][1] < points["mouth"][1]
    assert abs(face.roll) < 10
    assert face.quality == "good"


@pytest.mark.parametrize("turns", [1, 3])
def test_a_face_turned_by_a_quarter(turns, detector, portrait):
    turned = max(detector.detect(np.rot90(portrait, turns)), key=lambda face: face.score)
    (upright,) = detector.detect(portrait)
    difference = (turned.roll - upright.roll + 90 * turns + 180) % 360 - 180
    assert abs(difference) < 15
    x, y, w, h = upright.box
    center = {
        1: (y + h / 2, 512 - x - w / 2),
        3: (512 - y - h / 2, x + w / 2),
    }[turns]
    x, y, w, h = turned.box
    assert np.hypot(x + w / 2 - center[0], y + h / 2 - center[1]) < 15


@pytest.mark.parametrize("side", [512, 300, 150, 100])
def test_a_face_far_away(side, detector, portrait):
    """Down to a face of 22 px, a fiftieth of the picture, which only a closer look finds."""
    picture, expected = in_a_picture(portrait, side, (700, 400))
    (face,) = detector.detect(picture)
    assert iou(face.box, expected.box) > 0.5


def test_a_crowd_with_large_and_small_faces(detector, portrait):
    """The faces of a twentieth of the picture are found, and those of a fortieth beside them."""
    picture, large = in_a_picture(portrait, 512, (20, 20))
    expected = [large]
    for x, side in ((560, 320), (900, 320), (560, 160), (720, 160), (880, 160)):
        y = 630 if side == 320 else 450
        small = Image.fromarray(portrait).resize((side, side))
        picture[y : y + side, x : x + side] = np.asarray(small)
        expected.append(Face(PORTRAIT_FACE, 1.0).moved(x, y, side / 512))
    faces = detector.detect(picture)
    assert len(faces) == len(expected)
    for place in expected:
        assert max(iou(face.box, place.box) for face in faces) > 0.5


def test_a_crowd_of_small_faces(detector, portrait):
    crowd = np.full((960, 1280, 3), 128, np.uint8)
    small = np.asarray(Image.fromarray(portrait[20:230, 110:330]).resize((92, 88)))
    for y in range(5, 860, 150):
        for x in range(5, 1180, 150):
            crowd[y : y + 88, x : x + 92] = small
    faces = detector.detect(crowd)
    assert 45 <= len(faces) <= 48
    assert all(30 < face.size < 60 for face in faces)


def test_a_picture_of_countless_faces_takes_a_bounded_number_of_looks(
    monkeypatch, detector, portrait
):
    monkeypatch.setattr(blazeface, "MAX_LOOKS", 7)
    looks = []
    look = detector._second_look

    def counted(image, candidate):
        looks.append(candidate.score)
        return look(image, candidate)

    monkeypatch.setattr(detector, "_second_look", counted)
    tile = np.asarray(Image.fromarray(portrait[20:230, 110:330]).resize((80, 76)))
    faces = detector.detect(np.tile(tile, (12, 16, 1)))
    assert len(looks) == 7
    assert max(looks) < blazeface.CERTAIN
    assert faces


def test_a_known_face_is_found_again_in_its_surroundings(detector, portrait):
    patch = np.asarray(Image.fromarray(portrait[20:220, 120:320]).resize((96, 96)))
    (face,) = detector.find_again(np.hstack([patch, np.full_like(patch, 128)]))
    assert 30 < face.size < 90
    assert face.box[0] + face.box[2] < 96


def test_a_moving_upright_face_is_never_turned(detector, portrait):
    for step in range(30):
        picture, _ = in_a_picture(portrait, 360, (10 + 6 * step, 60), size=(480, 640))
        (face,) = detector.detect(picture)
        assert abs(face.roll) < MIN_ROLL


def test_half_a_face_at_the_edge(detector, portrait):
    (face,) = detector.detect(portrait[:, 224:])
    assert face.box[0] < 0 < face.box[0] + face.box[2]


def test_sizes_are_in_px_of_a_large_picture(detector, portrait):
    large = np.asarray(Image.fromarray(portrait).resize((3000, 3000)))
    (face,) = detector.detect(large)
    (same,) = detector.detect(portrait)
    assert iou(face.scaled(512 / 3000).box, same.box) > 0.8


def test_no_face_in_pictures_without_one(detector):
    for name, image in islice(no_faces(), 16):
        assert detector.detect(image) == [], name


@pytest.mark.parametrize("size", [(65, 65), (66, 2000), (2000, 66), (500, 3)])
def test_pictures_of_any_shape(size, detector):
    assert detector.detect(np.full((*size, 3), 200, np.uint8)) == []
