import numpy as np
import pytest
from PIL import Image

from emotion_lib.faces.detection import Face
from emotion_lib.faces.upright_view import UprightView


def turned_face(angle):
    """Return a face whose eyes are turned clockwise by an angle in degrees about (100, 80)."""
    turn = np.radians(angle)
    eyes = {}
    for name, (x, y) in {"left_eye": (-10, -5), "right_eye": (10, -5)}.items():
        eyes[name] = (
            100 + x * np.cos(turn) - y * np.sin(turn),
            80 + x * np.sin(turn) + y * np.cos(turn),
        )
    return Face((80, 60, 40, 40), 0.9, eyes)


@pytest.mark.parametrize("angle", [0, 5, 30, -70, 135, 180])
def test_points_of_a_view_return_to_where_they_are_in_the_image(angle):
    face = turned_face(angle)
    image = np.zeros((200, 200, 3), np.uint8)
    for x, y in face.landmarks.values():
        image[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3] = 255
    view = UprightView(image, face, 1.8, 128)
    assert view.pixels.shape == (128, 128, 3)
    bright = view.pixels[..., 0] > 100
    found = {}
    for name, half in (("left_eye", slice(0, 64)), ("right_eye", slice(64, 128))):
        rows, columns = np.nonzero(bright[:, half])
        found[name] = (columns.mean() + half.start + 0.5, rows.mean() + 0.5)
    if abs(angle) >= 10:  # upright in the view
        assert found["left_eye"][1] == pytest.approx(found["right_eye"][1], abs=2.5)
    inside = Face((40, 40, 48, 48), 0.8, found)
    back = view.in_image(inside)
    for name, point in face.landmarks.items():
        np.testing.assert_allclose(back.landmarks[name], point, atol=1.6)
    assert back.box[0] + back.box[2] / 2 == pytest.approx(100, abs=1)
    assert back.box[1] + back.box[3] / 2 == pytest.approx(80, abs=1)
    assert back.score == 0.8


def test_beyond_the_edge_it_shows_the_mirror_image():
    columns = np.tile(np.arange(0, 250, 5, dtype=np.uint8)[:, None], (50, 1, 3))
    image = np.ascontiguousarray(columns.reshape(50, 50, 3))
    pixels = UprightView(image, Face((-20, 5, 40, 40), 1.0), 1.0, 40).pixels[..., 0].astype(int)
    np.testing.assert_array_equal(pixels[:, :20], pixels[:, :19:-1])


def test_a_flipped_view_is_the_mirror_image_of_the_other(photograph):
    image = np.asarray(Image.open(photograph).convert("RGB"))
    face = Face((172, 62, 102, 128), 1.0)
    plain = UprightView(image, face, 1.5, 96).pixels
    flipped = UprightView(image, face, 1.5, 96, flipped=True).pixels
    np.testing.assert_array_equal(flipped, plain[:, ::-1])
