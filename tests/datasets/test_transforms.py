"""Degradation, framing and mixing of images."""

import numpy as np
import pytest

from emotion_lib.datasets import Split
from emotion_lib.datasets.batches import Batches
from emotion_lib.datasets.transforms import (
    ByHead,
    Degradation,
    Framing,
    Mixing,
    Sequence,
    one_hot,
    resized,
    shifted,
)

NOISE = np.random.default_rng(0).integers(0, 256, (6, 48, 48)).astype(np.uint8)
GRADIENT = np.tile(np.linspace(0, 255, 48).astype(np.uint8), (6, 48, 1))
LABELS = np.arange(6)
# Each image has one gray value, which is proportional to its label.
GRAY_VALUES = LABELS * 40.0
FLAT = np.broadcast_to(GRAY_VALUES[:, None, None], NOISE.shape).astype(np.uint8)
SHARES = one_hot(Split(NOISE, LABELS), 6)
NO_DEGRADATION = Degradation(0.0, 0.0, 0.0, 0.0)


def rng():
    return np.random.default_rng(1)


@pytest.mark.parametrize(
    "degradation",
    [
        Degradation(1.0, 0.0, 0.0, 0.0),
        Degradation(0.0, 1.0, 0.0, 0.0),
        Degradation(0.0, 0.0, 1.0, 0.0),
        Degradation(0.0, 0.0, 0.0, 1.0),
    ],
    ids=["resolution", "blur", "noise", "jpeg"],
)
def test_each_degradation_changes_only_pixels(degradation):
    images, labels = degradation(NOISE, LABELS, rng())
    assert images.shape == NOISE.shape
    assert images.dtype == np.uint8
    assert labels is LABELS
    assert (images != NOISE).mean() > 0.5
    again, _ = degradation(NOISE, LABELS, rng())
    np.testing.assert_array_equal(images, again)


def test_without_degradation_nothing_changes():
    images, _ = NO_DEGRADATION(NOISE, LABELS, rng())
    np.testing.assert_array_equal(images, NOISE)


def test_probabilities_can_be_scaled():
    halved = Degradation(0.4, 0.2, 0.2, 0.6, smallest=9).scaled(0.5)
    assert halved == Degradation(0.2, 0.1, 0.1, 0.3, smallest=9)


def test_a_lower_resolution_removes_detail():
    def detail(images):
        return np.abs(np.diff(images.astype(float), axis=2)).mean()

    images, _ = Degradation(1, 0, 0, 0, smallest=16)(NOISE, LABELS, rng())
    assert detail(images) < 0.7 * detail(NOISE)


def test_framing_moves_the_face():
    moved, _ = Framing(0, 0.1, 0)(GRADIENT, LABELS, rng())
    offsets = (moved.astype(int) - GRADIENT)[:, 24, 24] / (255 / 47)  # px
    assert 1 < np.abs(offsets).max() <= 5


def test_framing_repeats_the_edge():
    image = np.full((1, 48, 48, 1), 90, np.uint8)
    np.testing.assert_array_equal(Framing()(image, LABELS[:1], rng())[0], image)


def test_without_framing_nothing_changes():
    np.testing.assert_array_equal(Framing(0, 0, 0)(NOISE, LABELS, rng())[0], NOISE)


def test_mixup_mixes_labels_like_images():
    images, labels = Mixing(0.4)(FLAT, SHARES.labels, rng())
    np.testing.assert_allclose(images[:, 0, 0], labels @ GRAY_VALUES, rtol=1e-5)
    np.testing.assert_allclose(labels.sum(axis=1), 1, rtol=1e-6)
    assert (labels.max(axis=1) < 1).any()


def test_cutmix_pastes_an_area_equal_to_the_share_of_the_label():
    images, labels = Mixing(0.0, cutmix=1.0)(FLAT, SHARES.labels, rng())
    np.testing.assert_allclose(images.mean(axis=(1, 2)), labels @ GRAY_VALUES, rtol=1e-5)
    mixed = images[labels.max(axis=1) < 1]
    assert len(np.unique(mixed[0])) == 2


@pytest.mark.parametrize("mixing", [Mixing(0.4), Mixing(0.0, cutmix=1.0)], ids=["mixup", "cutmix"])
def test_the_labels_of_all_heads_are_mixed_in_the_same_shares(mixing):
    both = np.stack([SHARES.labels, np.roll(SHARES.labels, 1, axis=1)], axis=1)
    images, labels = mixing(FLAT, both, rng())
    expected_images, expected = mixing(FLAT, SHARES.labels, rng())
    np.testing.assert_array_equal(images, expected_images)
    images, (first, second) = ByHead()(images, labels, rng())
    np.testing.assert_array_equal(first, expected)
    np.testing.assert_array_equal(second, np.roll(expected, 1, axis=1))


def test_mixing_ends():
    mixing = Mixing(1.0, until=3)
    images, labels = mixing(NOISE, SHARES.labels, rng(), epoch=3)
    assert images is NOISE
    assert labels is SHARES.labels
    assert mixing(NOISE, SHARES.labels, rng(), epoch=2)[0] is not NOISE


def test_mixing_needs_shares():
    with pytest.raises(ValueError, match="one_hot"):
        Mixing()(NOISE, LABELS, rng())


def test_one_hot_with_label_smoothing():
    labels = one_hot(Split(NOISE, LABELS), 6, smoothing=0.12).labels
    np.testing.assert_allclose(labels.sum(axis=1), 1, rtol=1e-6)
    assert labels[2, 2] == pytest.approx(0.9)
    assert labels[2, 0] == pytest.approx(0.02)


def test_the_simulated_shift_depends_on_its_seed_only():
    split = Split(GRADIENT, LABELS)
    first = shifted(split, seed=3)
    np.testing.assert_array_equal(first.images, shifted(split, seed=3).images)
    assert (first.images != shifted(split, seed=4).images).any()
    assert first.labels is LABELS


def test_batches_are_transformed_by_seed_and_epoch():
    transform = Sequence((Degradation(1, 1, 1, 1), Mixing(0.4, until=1)))
    batches = Batches(SHARES, 3, shuffle=True, transform=transform)
    images, labels = batches[1]
    assert images.shape == (3, 48, 48, 1)
    assert labels.shape == (3, 6)
    np.testing.assert_array_equal(images, batches[1][0])  # in any order of reading
    batches.on_epoch_end()
    later, unmixed = batches[1]
    assert (unmixed.max(axis=1) == 1).all()
    assert later.dtype == np.float32
    batches.start_at(0)
    np.testing.assert_array_equal(images, batches[1][0])


def test_resized_pixels_are_means_of_those_they_replace():
    split = Split(np.arange(16, dtype=np.uint8).reshape(1, 4, 4), np.zeros(1, np.int64))
    np.testing.assert_allclose(resized(split, 2).images[0], [[2.5, 4.5], [10.5, 12.5]], atol=0.5)


@pytest.mark.parametrize("channels", [1, 3])
def test_resized_images_keep_their_channels(channels):
    split = Split(np.zeros((2, 4, 4, channels), np.uint8), np.zeros(2, np.int64))
    assert resized(split, 2).images.shape == (2, 2, 2, channels)
