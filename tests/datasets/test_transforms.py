import numpy as np
import pytest

from emotion_lib.datasets import Split
from emotion_lib.datasets.batches import Batches
from emotion_lib.datasets.transforms import (
    Degradation,
    Framing,
    Mixing,
    Sequence,
    one_hot,
    resized,
    shifted,
)

FACES = np.random.default_rng(0).integers(0, 256, (6, 48, 48)).astype(np.uint8)
SMOOTH = np.tile(np.linspace(0, 255, 48).astype(np.uint8), (6, 48, 1))
LABELS = np.arange(6)


def rng():
    return np.random.default_rng(1)


@pytest.mark.parametrize("what", ["resolution", "blur", "noise", "jpeg"])
def test_each_degradation_changes_pixels_and_nothing_else(what):
    nothing = dict.fromkeys(("resolution", "blur", "noise", "jpeg"), 0.0)
    images, labels = Degradation(**nothing | {what: 1.0})(FACES, LABELS, rng())
    assert images.shape == FACES.shape and images.dtype == np.uint8 and labels is LABELS
    assert (images != FACES).mean() > 0.5
    np.testing.assert_array_equal(
        images, Degradation(**nothing | {what: 1.0})(FACES, LABELS, rng())[0]
    )
    np.testing.assert_array_equal(Degradation(**nothing)(FACES, LABELS, rng())[0], FACES)
    assert Degradation(0.4, 0.2, 0.2, 0.6, smallest=9).scaled(0.5) == Degradation(
        0.2, 0.1, 0.1, 0.3, smallest=9
    )


def test_resolution_takes_detail():
    def detail(images):
        return np.abs(np.diff(images.astype(float), axis=2)).mean()

    images, _ = Degradation(1, 0, 0, 0, smallest=16)(FACES, LABELS, rng())
    assert detail(images) < 0.7 * detail(FACES)


def test_framing_moves_the_face_and_repeats_the_edge():
    image = np.full((1, 48, 48, 1), 90, np.uint8)
    np.testing.assert_array_equal(Framing()(image, LABELS[:1], rng())[0], image)
    np.testing.assert_array_equal(Framing(0, 0, 0)(FACES, LABELS, rng())[0], FACES)
    moved, _ = Framing(0, 0.1, 0)(SMOOTH, LABELS, rng())
    offsets = (moved.astype(int) - SMOOTH)[:, 24, 24] / (255 / 47)
    assert np.abs(offsets).max() <= 5 and np.abs(offsets).max() > 1


def test_mixup_mixes_labels_as_it_mixes_images():
    split = one_hot(Split(FACES, LABELS), 6)
    constant = np.broadcast_to((LABELS * 40.0)[:, None, None], FACES.shape)
    images, labels = Mixing(0.4)(constant, split.labels, rng())
    np.testing.assert_allclose(images[:, 0, 0], labels @ (LABELS * 40.0), rtol=1e-5)
    np.testing.assert_allclose(labels.sum(1), 1, rtol=1e-6)
    assert (labels.max(1) < 1).any()


def test_cutmix_pastes_as_much_as_its_labels_say():
    split = one_hot(Split(FACES, LABELS), 6)
    constant = np.broadcast_to((LABELS * 40)[:, None, None], FACES.shape).astype(np.uint8)
    images, labels = Mixing(0.0, cutmix=1.0)(constant, split.labels, rng())
    np.testing.assert_allclose(images.mean((1, 2)), labels @ (LABELS * 40.0), rtol=1e-5)
    assert len(np.unique(images[labels.max(1) < 1][0])) == 2


def test_mixing_ends():
    split = one_hot(Split(FACES, LABELS), 6)
    images, labels = Mixing(1.0, until=3)(FACES, split.labels, rng(), epoch=3)
    assert images is FACES and labels is split.labels
    assert Mixing(1.0, until=3)(FACES, split.labels, rng(), epoch=2)[0] is not FACES
    with pytest.raises(ValueError, match="one_hot"):
        Mixing()(FACES, LABELS, rng())


def test_one_hot_and_smoothing():
    labels = one_hot(Split(FACES, LABELS), 6, smoothing=0.12).labels
    np.testing.assert_allclose(labels.sum(1), 1, rtol=1e-6)
    assert labels[2, 2] == pytest.approx(0.9) and labels[2, 0] == pytest.approx(0.02)


def test_shifted_is_the_same_every_time():
    split = Split(SMOOTH, LABELS)
    first = shifted(split, seed=3)
    np.testing.assert_array_equal(first.images, shifted(split, seed=3).images)
    assert (first.images != shifted(split, seed=4).images).any() and first.labels is LABELS


def test_batches_transform_by_seed_and_epoch():
    split = one_hot(Split(FACES, LABELS), 6)
    batches = Batches(
        split, 3, shuffle=True, transform=Sequence((Degradation(1, 1, 1, 1), Mixing(0.4, until=1)))
    )
    images, labels = batches[1]
    assert images.shape == (3, 48, 48, 1) and labels.shape == (3, 6)
    np.testing.assert_array_equal(images, batches[1][0])  # whoever asks, and whenever
    batches.on_epoch_end()
    later, unmixed = batches[1]
    assert (unmixed.max(1) == 1).all() and later.dtype == np.float32
    batches.start_at(0)
    np.testing.assert_array_equal(images, batches[1][0])


def test_resized_pixels_are_means_of_what_they_cover():
    split = Split(np.arange(16, dtype=np.uint8).reshape(1, 4, 4), np.zeros(1, np.int64))
    np.testing.assert_allclose(resized(split, 2).images[0], [[2.5, 4.5], [10.5, 12.5]], atol=0.5)
    assert resized(
        Split(np.zeros((2, 4, 4, 3), np.uint8), np.zeros(2, np.int64)), 2
    ).images.shape == (2, 2, 2, 3)
