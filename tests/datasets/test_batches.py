"""Batches for training and validation."""

import numpy as np
import pytest

from emotion_lib.datasets import Split
from emotion_lib.datasets.batches import Batches

# Ten images; the pixels of each are its label.
LABELS = np.arange(10)
SPLIT = Split(np.repeat(LABELS.astype(np.uint8), 16).reshape(10, 4, 4), LABELS)


def split_of(n):
    return Split(np.zeros((n, 1, 1), np.uint8), np.arange(n))


def rows(batches):
    labels = [batches[index][1] for index in range(len(batches))]
    return np.concatenate(labels).tolist()


def sizes_of(batches):
    return {len(batches[index][1]) for index in range(len(batches))}


@pytest.mark.parametrize("shuffle", [False, True])
def test_every_image_comes_once_with_its_label(shuffle):
    batches = Batches(SPLIT, 5, shuffle=shuffle, seed=1)
    assert len(batches) == 2
    assert sorted(rows(batches)) == list(range(10))
    images, labels = batches[1]
    assert images.shape == (5, 4, 4, 1)
    assert images.dtype == np.uint8
    assert np.array_equal(images[:, 0, 0, 0], labels)


def test_the_order_depends_on_seed_and_epoch_only():
    batches = Batches(SPLIT, 4, shuffle=True, seed=1)
    first = rows(batches)
    batches.on_epoch_end()
    second = rows(batches)
    resumed = Batches(SPLIT, 4, shuffle=True, seed=1)
    resumed.start_at(1)
    assert rows(resumed) == second
    assert first != second
    assert rows(Batches(SPLIT, 4, shuffle=True, seed=2)) != first


def test_without_shuffling_the_order_stays():
    batches = Batches(SPLIT, 3)
    batches.on_epoch_end()
    assert rows(batches) == list(range(10))


def test_the_remainder_that_is_left_out_differs_between_epochs():
    batches = Batches(SPLIT, 3, shuffle=True, seed=1)
    left_out = []
    for _ in range(3):
        assert len(batches) == 3
        assert sizes_of(batches) == {3}
        (row,) = set(range(10)) - set(rows(batches))
        left_out.append(row)
        batches.on_epoch_end()
    assert len(set(left_out)) > 1


@pytest.mark.parametrize(
    ("n", "asked", "size", "steps"),
    [
        (28006, 128, 128, 218),  # 102 images are left out, different ones in every epoch
        (63, 32, 31, 2),  # 32 would leave out half of the images
        (40, 32, 20, 2),
        (7, 32, 7, 1),  # fewer images than fit into a batch
        (1, 32, 1, 1),
    ],
)
def test_training_batches_have_one_size(n, asked, size, steps):
    batches = Batches(split_of(n), asked, shuffle=True)
    assert batches.batch_size == size
    assert len(batches) == steps


@pytest.mark.parametrize(
    ("n", "asked", "sizes"),
    [
        (3589, 128, {97}),
        (42, 32, {21}),
        (64, 32, {32}),
        (28, 256, {28}),
        (37, 16, {16, 5}),  # a prime number has no such size
    ],
)
def test_validation_batches_hold_every_image_and_have_one_size_if_possible(n, asked, sizes):
    batches = Batches(split_of(n), asked)
    assert rows(batches) == list(range(n))
    assert sizes_of(batches) == sizes


@pytest.mark.parametrize(
    ("n", "shuffle", "sizes"),
    [
        (28, True, {14}),
        (30, True, {14}),  # 15 is odd
        (3, True, {2}),
        (1, True, {1}),
        (30, False, {10}),  # not 15, which cannot be halved
        (45, False, {15}),  # no even size leaves no remainder: each device computes whole batches
        (37, False, {15, 7}),  # 16 could be shared, its remainder could not
    ],
)
def test_devices_get_equal_shares_or_whole_batches(monkeypatch, n, shuffle, sizes):
    monkeypatch.setattr("emotion_lib.datasets.batches._device_count", lambda: 2)
    found = sizes_of(Batches(split_of(n), 16, shuffle=shuffle))
    assert found == sizes
    assert len({size % 2 for size in found}) == 1


def test_a_batch_size_below_one_is_refused():
    with pytest.raises(ValueError, match=r"at least 1\. Received: 0"):
        Batches(SPLIT, 0)


def test_an_empty_split_is_refused():
    with pytest.raises(ValueError, match="Received: none"):
        Batches(split_of(0), 2)


def test_colour_images_keep_their_channels():
    split = Split(np.zeros((2, 4, 4, 3), np.uint8), np.zeros(2, np.int64))
    assert Batches(split, 2)[0][0].shape == (2, 4, 4, 3)
