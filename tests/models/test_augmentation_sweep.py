import numpy as np
import pytest

from emotion_lib.models.augmentation_sweep import sweep

FACE = np.random.default_rng(0).integers(60, 190, (16, 16)).astype(np.uint8)


@pytest.mark.parametrize("knob", ["rotation", "shift", "zoom", "shear", "brightness", "contrast"])
def test_the_middle_is_the_face_and_both_ends_differ(knob):
    images = sweep(FACE, knob, 0.25)[..., 0]
    np.testing.assert_allclose(images[3], FACE, atol=0.01)
    assert np.abs(images[0] - images[6]).mean() > 0.2


def test_brightness_reaches_its_limits():
    images = sweep(FACE, "brightness", 0.1)[..., 0]
    np.testing.assert_allclose(images[0], FACE - 25.5, atol=0.01)
    np.testing.assert_allclose(images[6], FACE + 25.5, atol=0.01)


def test_a_flip_has_two_steps():
    mirrored, face = sweep(FACE, "flip", True, steps=2)[..., 0]
    np.testing.assert_allclose(mirrored, FACE[:, ::-1], atol=0.01)
    np.testing.assert_allclose(face, FACE, atol=0.01)


def test_every_step_of_erasing_shows_a_rectangle():
    images = sweep(FACE, "erasing", 0.1)[..., 0]
    assert ((images != FACE).any(axis=(1, 2))).all()


def test_colour_keeps_its_channels():
    assert sweep(np.stack([FACE] * 3, axis=-1), "rotation", 5, steps=3).shape == (3, 16, 16, 3)
