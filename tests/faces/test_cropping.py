import numpy as np
import pytest
from PIL import Image

from emotion_lib.faces.cropping import crop, to_input
from emotion_lib.faces.detection import Face
from emotion_lib.faces.detectors import load_detector
from emotion_lib.images import read_image

FRAMING = 1.15


@pytest.fixture(scope="module")
def detector():
    return load_detector("yunet")


def test_a_small_image_is_one_crop_already():
    image = np.zeros((64, 50, 3), np.uint8)
    assert crop(image, Face((0, 0, 50, 64), 1.0), FRAMING).shape == (64, 64, 3)


def test_a_crop_is_a_centred_square_and_repeats_the_edge():
    image = np.zeros((100, 200, 3), np.uint8)
    image[:, :, 0] = np.arange(200)
    inside = crop(image, Face((80, 30, 40, 40), 1.0), framing=1.0)
    assert inside.shape == (40, 40, 3)
    assert inside[0, :, 0].tolist() == list(range(80, 120))
    beyond = crop(image, Face((-20, 30, 40, 40), 1.0), framing=1.0)
    assert beyond[0, :, 0].tolist() == [0] * 20 + list(range(20))
    wider = crop(image, Face((80, 30, 40, 40), 1.0), framing=1.5)
    assert wider.shape == (60, 60, 3)
    assert wider[0, 0, 0] == 70


@pytest.mark.parametrize("size", [1e5, 1e12])
@pytest.mark.parametrize("where", [-3e4, 1e9])
def test_a_box_far_larger_than_the_image_takes_little_memory(size, where):
    image = np.zeros((100, 200, 3), np.uint8)
    assert crop(image, Face((where, where, size, size), 1.0), FRAMING).shape == (800, 800, 3)


def test_framing_puts_the_eyes_where_fer2013_has_them(detector, photograph):
    """Medians over FER-2013's training images: eyes at x = 0.30 and 0.68, y = 0.38 of the side."""
    image = read_image(photograph)
    (face,) = detector.detect(image)
    side = crop(image, face, detector.framing).shape[0]
    x, y, w, h = face.box
    center = np.array([x + w / 2, y + h / 2])
    eyes = (
        np.array([face.landmarks["left_eye"], face.landmarks["right_eye"]]) - center
    ) / side + 0.5
    np.testing.assert_allclose(eyes, [(0.30, 0.38), (0.68, 0.38)], atol=0.08)


@pytest.mark.parametrize("angle", [-60, -20, 20, 60])
def test_a_turned_face_is_cut_out_upright(angle, detector, photograph):
    """The crop is the same for any angle of the image."""
    image = Image.open(photograph).convert("RGB")
    (face,) = detector.detect(np.asarray(image))
    upright = crop(np.asarray(image), face, FRAMING)
    turn = np.radians(angle)  # clockwise, about the centre of the face
    center = np.array([face.box[0] + face.box[2] / 2, face.box[1] + face.box[3] / 2])
    rotated = np.asarray(image.rotate(-angle, Image.Resampling.BICUBIC, center=tuple(center)))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    landmarks = {}
    for name, point in face.landmarks.items():
        landmarks[name] = tuple(matrix @ (np.array(point) - center) + center)
    turned = crop(rotated, Face(face.box, face.score, landmarks), FRAMING)
    not_turned = crop(rotated, Face(face.box, 1.0), FRAMING)
    assert turned.shape == upright.shape
    middle = slice(len(upright) // 4, -(len(upright) // 4))

    def difference(pixels):
        return np.abs(pixels[middle, middle].astype(int) - upright[middle, middle]).mean()

    # The portrait's own tilt of a few degrees is corrected too, which moves pixels a little.
    assert difference(turned) < 12
    assert difference(not_turned) > 2 * difference(turned)


def test_to_input_gives_the_network_its_shape_and_averages_pixels():
    checkerboard = (np.indices((480, 480)).sum(axis=0) % 2 * 255).astype(np.uint8)
    crops = [np.repeat(checkerboard[..., None], 3, 2), np.full((20, 20, 3), 200, np.uint8)]
    gray = to_input(crops, (48, 48, 1))
    assert gray.shape == (2, 48, 48, 1)
    assert gray.dtype == np.uint8
    assert to_input(crops, (32, 32, 3)).shape == (2, 32, 32, 3)
    # Averaged: skipping pixels would give 0 or 255.
    assert np.abs(gray[0].astype(int) - 127).max() < 12
    assert (gray[1] == 200).all()


def test_a_large_face_is_turned_at_a_reduced_size(photograph):
    image = Image.open(photograph).convert("RGB")
    image = image.resize((3 * image.width, 3 * image.height), Image.Resampling.BICUBIC)
    landmarks = {"left_eye": (600.0, 300.0), "right_eye": (740.0, 400.0)}
    face = Face((480.0, 180.0, 600.0, 600.0), 1.0, landmarks)
    turned = crop(np.asarray(image), face, framing=1.0)
    assert turned.shape == (200, 200, 3)  # a third, at least 192 px
    whole = image.rotate(face.roll, Image.Resampling.BICUBIC, center=(780, 480))
    expected = whole.crop((480, 180, 1080, 780)).resize((200, 200), Image.Resampling.BOX)
    assert np.abs(turned.astype(float) - np.asarray(expected)).mean() < 2
