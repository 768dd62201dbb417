import numpy as np
import pytest
from PIL import Image

from emotion_lib.faces.detection import iou
from emotion_lib.faces.thorough import Thorough
from emotion_lib.images import read_image


@pytest.fixture(scope="module")
def thorough():
    return Thorough()


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_people_are_found_in_every_orientation(turns, thorough, photograph):
    """Boxes, landmarks and angle are those in the image as it was given."""
    image = read_image(photograph)
    (upright,) = thorough.detect(image)
    turned = max(thorough.detect(np.rot90(image, turns)), key=lambda face: face.score)
    height, width = image.shape[:2]
    x, y, w, h = upright.box
    expected = {
        1: (y, width - x - w, h, w),
        2: (width - x - w, height - y - h, w, h),
        3: (height - y - h, x, h, w),
    }[turns]
    assert iou(turned.box, expected) > 0.8
    # rot90 turns counter-clockwise.
    difference = (turned.roll - upright.roll + 90 * turns + 180) % 360 - 180
    assert abs(difference) < 8


def test_small_images_are_enlarged(thorough, photograph):
    image = Image.open(photograph)
    tiny = np.asarray(image.resize((image.width // 6, image.height // 6)))
    (face,) = thorough.detect(tiny)
    assert iou(face.scaled(6).box, (172, 62, 102, 128)) > 0.4
