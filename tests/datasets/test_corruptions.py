"""Corruptions of images at five strengths."""

import numpy as np
import pytest
from scipy.ndimage import center_of_mass, gaussian_filter

from emotion_lib.datasets.transforms import CORRUPTIONS, STRENGTHS, corrupted

rng = np.random.default_rng(0)
# Smooth pictures with some detail, as faces are.
PICTURES = np.clip(128 + 900 * gaussian_filter(rng.normal(size=(4, 48, 48)), (0, 3, 3)), 0, 255)
PICTURES = PICTURES.astype(np.uint8)
SPOT = np.zeros((1, 48, 48), np.uint8)
SPOT[0, 22:26, 22:26] = 200
FLAT = np.full((1, 48, 48), 100, np.uint8)


def flat_value(name, strength, value=100):
    """Return the one gray value of a plain image after a corruption."""
    (found,) = np.unique(corrupted(np.full((1, 48, 48), value, np.uint8), name, strength))
    return int(found)


def test_there_are_fifteen_at_five_strengths():
    assert len(CORRUPTIONS) == 15
    assert all(len(corruption.amounts) == 5 for corruption in CORRUPTIONS.values())


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_grows_with_its_strength_and_changes_no_input(name):
    before = PICTURES.copy()
    changes = []
    for strength in STRENGTHS:
        images = corrupted(PICTURES, name, strength)
        assert images.shape == PICTURES.shape
        assert images.dtype == np.uint8
        changes.append(np.abs(images.astype(float) - PICTURES).mean())
    assert (np.diff(changes) > 0).all()
    assert changes[0] > 0.2
    np.testing.assert_array_equal(PICTURES, before)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_depends_on_the_picture_alone(name):
    images = corrupted(PICTURES, name, 3)
    np.testing.assert_array_equal(corrupted(PICTURES[::-1], name, 3)[::-1], images)
    np.testing.assert_array_equal(corrupted(PICTURES[2:3], name, 3)[0], images[2])


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("channels", [1, 3])
def test_each_takes_channels(name, channels):
    pictures = np.repeat(PICTURES[:1, ..., None], channels, axis=3)
    images = corrupted(pictures, name, 2)
    assert images.shape == pictures.shape


def test_another_seed_draws_other_noise():
    first = corrupted(PICTURES, "noise", 3, seed=0)
    assert (corrupted(PICTURES, "noise", 3, seed=1) != first).mean() > 0.8


def test_noise_has_its_deviation():
    noise = corrupted(np.full((8, 48, 48), 128, np.uint8), "noise", 4).astype(float) - 128
    assert noise.std() == pytest.approx(20, rel=0.05)


@pytest.mark.parametrize("name", ["blur", "motion", "low resolution"])
def test_blurs_keep_the_light(name):
    spread = corrupted(SPOT, name, 5).astype(float)
    assert spread.max() < 200
    # Values below 0, which cubic enlargement makes around the spot, are cut off.
    assert spread.sum() == pytest.approx(SPOT.sum(), rel=0.15)
    assert center_of_mass(spread[0]) == pytest.approx((23.5, 23.5), abs=0.6)


def test_motion_has_one_direction():
    spread = corrupted(SPOT, "motion", 5)[0] > 5
    places = np.argwhere(spread)
    wide, narrow = np.sqrt(np.linalg.eigvalsh(np.cov(places.T)))[::-1]
    assert wide > 1.8 * narrow


def test_brightness_adds_or_takes_one_value():
    assert flat_value("brightness", 2) in (60, 140)
    assert flat_value("brightness", 5) in (0, 200)


def test_contrast_keeps_the_mean():
    halves = np.repeat([[[50], [150]]], 24, axis=1).repeat(48, axis=2).astype(np.uint8)
    assert np.unique(corrupted(halves, "contrast", 3)).tolist() == [80, 120]
    assert flat_value("contrast", 5) == 100


def test_gamma_keeps_black_and_white():
    assert flat_value("gamma", 5, value=0) == 0
    assert flat_value("gamma", 5, value=255) == 255
    # 255 (100 / 255)^2 = 39.2, and 255 (100 / 255)^(1 / 2) = 159.7.
    assert flat_value("gamma", 3) in (39, 160)


def test_colour_cast_is_a_gradient():
    image = corrupted(FLAT, "colour cast", 3)[0].astype(float)
    middle = image[23:25, 23:25].mean()
    opposite = [(image[0, 0] + image[-1, -1]) / 2, (image[0, -1] + image[-1, 0]) / 2]
    assert opposite == pytest.approx([middle, middle], abs=1)
    # exp(0.35) and its inverse are the exponents.
    exponents = np.exp([0.35, -0.35])
    assert min(abs(255 * (100 / 255) ** exponents - middle)) < 1


def test_bands_cover_eyes_and_mouth():
    eyes = corrupted(FLAT, "occluded eyes", 3)[0]
    # 48 (0.39 - 0.09) = 14.4 and 48 (0.39 + 0.09) = 23.04.
    assert np.flatnonzero(eyes[:, 24] == 30).tolist() == list(range(14, 23))
    assert np.flatnonzero(eyes[18] == 30).tolist() == list(range(6, 42))
    mouth = corrupted(FLAT, "occluded mouth", 5)[0]
    assert np.flatnonzero(mouth[:, 24] == 200).tolist() == list(range(27, 46))
    assert (mouth[:, 5] == 100).all()


def test_shift_moves_by_its_share():
    moved = center_of_mass(corrupted(SPOT, "shift", 3)[0])
    distance = np.hypot(moved[0] - 23.5, moved[1] - 23.5)
    assert distance == pytest.approx(0.12 * 48, abs=0.2)


def test_scale_changes_the_area():
    areas = np.array([corrupted(SPOT, "scale", 5).sum() / SPOT.sum()])
    assert min(abs(areas / np.array([1.5**2, 1.5**-2]) - 1)) < 0.15


def test_rotation_turns_about_the_centre():
    off_centre = np.zeros((1, 48, 48), np.uint8)
    off_centre[0, 22:26, 36:40] = 200
    row, column = center_of_mass(corrupted(off_centre, "rotation", 4)[0])
    angle = np.degrees(np.arctan2(row - 23.5, column - 23.5))
    assert abs(angle) == pytest.approx(25, abs=0.5)


@pytest.mark.parametrize(("name", "strength"), [("rain", 1), ("blur", 0), ("blur", 6)])
def test_unknown_corruptions_are_refused(name, strength):
    with pytest.raises(ValueError, match="low resolution"):
        corrupted(PICTURES, name, strength)


def test_only_uint8_is_taken():
    with pytest.raises(ValueError, match="float64"):
        corrupted(PICTURES / 255, "blur", 1)
