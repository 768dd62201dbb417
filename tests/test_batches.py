import numpy as np
import pytest

from emotion_lib.batches import Batches
from emotion_lib.datasets import Split

SPLIT = Split(np.arange(10, dtype=np.uint8)[:, None, None] * np.ones((1, 4, 4), np.uint8), np.arange(10))


def rows(batches):
    return np.concatenate([batches[i][1] for i in range(len(batches))]).tolist()


def test_every_image_once_with_its_label():
    batches = Batches(SPLIT, 4, shuffle=True, seed=1)
    assert len(batches) == 3 and batches[2][0].shape == (2, 4, 4, 1)
    assert sorted(rows(batches)) == list(range(10))
    images, labels = batches[0]
    assert images.dtype == np.uint8 and np.array_equal(images[:, 0, 0, 0], labels)


def test_order_follows_from_seed_and_epoch_alone():
    batches = Batches(SPLIT, 4, shuffle=True, seed=1)
    first = rows(batches)
    batches.on_epoch_end()
    second = rows(batches)
    resumed = Batches(SPLIT, 4, shuffle=True, seed=1)
    resumed.start_at(1)
    assert first != second == rows(resumed)
    assert rows(Batches(SPLIT, 4, shuffle=True, seed=2)) != first


def test_without_shuffling_the_order_stays():
    batches = Batches(SPLIT, 3)
    batches.on_epoch_end()
    assert rows(batches) == list(range(10))


def test_a_remainder_is_left_out_another_every_epoch():
    batches = Batches(SPLIT, 4, shuffle=True, seed=1, drop_remainder=True)
    left_out = []
    for _ in range(2):
        assert len(batches) == 2 and all(len(batches[i][1]) == 4 for i in range(2))
        left_out.append(set(range(10)) - set(rows(batches)))
        batches.on_epoch_end()
    assert left_out[0] != left_out[1]
    few = Batches(SPLIT, 16, drop_remainder=True)
    assert len(few) == 1 and rows(few) == list(range(10))


def test_colour_images_keep_their_channels():
    split = Split(np.zeros((2, 4, 4, 3), np.uint8), np.zeros(2, np.int64))
    assert Batches(split, 2)[0][0].shape == (2, 4, 4, 3)


def test_an_empty_split_is_refused():
    with pytest.raises(ValueError, match="Received: none"):
        Batches(Split(np.zeros((0, 4, 4), np.uint8), np.zeros(0, np.int64)), 2)
