import numpy as np
import pytest
from PIL import Image

from emotion_lib.faces.cropping import crop, find_faces, to_input
from emotion_lib.faces.detectors import Face, load_detector
from emotion_lib.images import read_image


def test_small_pictures_are_faces_already():
    image = np.zeros((64, 50, 3), np.uint8)
    (face,) = find_faces(image, load_detector())
    assert face.box == (0, 0, 50, 64)
    assert crop(image, face, 1.15).shape == (64, 64, 3)


def test_crop_is_a_centred_square_and_repeats_the_edge():
    image = np.zeros((100, 200, 3), np.uint8)
    image[:, :, 0] = np.arange(200)
    inside = crop(image, Face((80, 30, 40, 40), 1.0), framing=1.0)
    assert inside.shape == (40, 40, 3) and inside[0, :, 0].tolist() == list(range(80, 120))
    beyond = crop(image, Face((-20, 30, 40, 40), 1.0), framing=1.0)
    assert beyond[0, :, 0].tolist() == [0] * 20 + list(range(20))
    wider = crop(image, Face((80, 30, 40, 40), 1.0), framing=1.5)
    assert wider.shape == (60, 60, 3) and wider[0, 0, 0] == 70


def test_framing_puts_the_eyes_where_fer2013_has_them(photograph):
    """Medians over FER-2013's training images: eyes at x = 0.30 and 0.68, y = 0.38 of the side."""
    image = read_image(photograph)
    detector = load_detector("yunet")
    (face,) = detector.detect(image)
    side = crop(image, face, detector.framing).shape[0]
    x, y, w, h = face.box
    eyes = [
        ((ex - (x + w / 2)) / side + 0.5, (ey - (y + h / 2)) / side + 0.5)
        for ex, ey in face.landmarks[:2]
    ]
    np.testing.assert_allclose(eyes, [(0.30, 0.38), (0.68, 0.38)], atol=0.08)


@pytest.mark.parametrize("angle", [-60, -20, 20, 60])
def test_a_turned_face_is_cut_out_upright(angle, photograph):
    """The same crop, whichever way the picture was turned; a level face is left as it is."""
    image, detector = Image.open(photograph).convert("RGB"), load_detector()
    (face,) = detector.detect(np.asarray(image))
    upright = crop(np.asarray(image), face, 1.15)
    turn = np.radians(angle)  # clockwise, about the middle of the face
    x, y = face.box[0] + face.box[2] / 2, face.box[1] + face.box[3] / 2
    rotated = np.asarray(image.rotate(-angle, Image.Resampling.BICUBIC, center=(x, y)))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    landmarks = tuple(
        tuple(matrix @ (np.array(point) - (x, y)) + (x, y)) for point in face.landmarks
    )
    turned = crop(rotated, Face(face.box, face.score, landmarks), 1.15)
    assert turned.shape == upright.shape
    middle = slice(len(upright) // 4, -(len(upright) // 4))
    difference = np.abs(turned[middle, middle].astype(int) - upright[middle, middle]).mean()
    # The portrait's own tilt of a few degrees is taken out as well, which moves pixels a little.
    assert (
        difference < 12
        and np.abs(
            crop(rotated, Face(face.box, 1.0), 1.15)[middle, middle].astype(int)
            - upright[middle, middle]
        ).mean()
        > 2 * difference
    )


def test_to_input_shapes_and_smooth_scaling():
    checkerboard = np.indices((480, 480)).sum(axis=0) % 2 * 255
    crops = [
        np.repeat(checkerboard[..., None], 3, 2).astype(np.uint8),
        np.full((20, 20, 3), 200, np.uint8),
    ]
    gray, colour = to_input(crops, (48, 48, 1)), to_input(crops, (32, 32, 3))
    assert (
        gray.shape == (2, 48, 48, 1) and colour.shape == (2, 32, 32, 3) and gray.dtype == np.uint8
    )
    assert (
        np.abs(gray[0].astype(int) - 127).max() < 12
    )  # averaged: skipping pixels would give 0 or 255
    assert (gray[1] == 200).all()
