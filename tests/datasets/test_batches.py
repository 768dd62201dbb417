import numpy as np
import pytest

from emotion_lib.datasets import Split
from emotion_lib.datasets.batches import Batches
from emotion_lib.datasets.inference_batches import in_batches

SPLIT = Split(
    np.arange(10, dtype=np.uint8)[:, None, None] * np.ones((1, 4, 4), np.uint8), np.arange(10)
)


def rows(batches):
    return np.concatenate([batches[i][1] for i in range(len(batches))]).tolist()


def test_every_image_once_with_its_label():
    for shuffle in (False, True):
        batches = Batches(SPLIT, 5, shuffle=shuffle, seed=1)
        assert len(batches) == 2 and batches[1][0].shape == (5, 4, 4, 1)
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
    batches = Batches(SPLIT, 3, shuffle=True, seed=1)
    left_out = []
    for _ in range(3):
        assert len(batches) == 3 and all(len(batches[i][1]) == 3 for i in range(3))
        left_out.append(set(range(10)) - set(rows(batches)))
        batches.on_epoch_end()
    assert all(len(rest) == 1 for rest in left_out) and len(set.union(*left_out)) > 1


def of(n):
    return Split(np.zeros((n, 1, 1), np.uint8), np.arange(n))


@pytest.mark.parametrize(
    "n, asked, size, steps",
    [
        (28006, 128, 128, 218),  # 102 images are left out, others every epoch
        (63, 32, 31, 2),  # 32 would leave out half of the images
        (40, 32, 20, 2),
        (7, 32, 7, 1),  # fewer images than a batch are one
        (1, 32, 1, 1),
    ],
)
def test_training_batches_have_one_size(n, asked, size, steps):
    batches = Batches(of(n), asked, shuffle=True)
    assert (batches.batch_size, len(batches)) == (size, steps)


@pytest.mark.parametrize(
    "n, asked, sizes",
    [
        (3589, 128, {97}),
        (42, 32, {21}),
        (64, 32, {32}),
        (28, 256, {28}),
        (37, 16, {16, 5}),  # a prime number has no such size
    ],
)
def test_validation_batches_have_one_size_where_there_is_one_and_leave_out_nothing(n, asked, sizes):
    batches = Batches(of(n), asked)
    assert rows(batches) == list(range(n))
    assert {len(batches[index][1]) for index in range(len(batches))} == sizes


@pytest.mark.parametrize(
    "n, shuffle, sizes",
    [
        (28, True, {14}),
        (30, True, {14}),  # 15 is odd
        (3, True, {2}),
        (1, True, {1}),
        (30, False, {10}),  # not 15, whose halves are not of one size
        (45, False, {15}),  # no even size leaves no remainder; each device computes all of a batch
        (37, False, {15, 7}),  # 16 could be shared, its remainder could not
    ],
)
def test_devices_get_equal_shares_of_every_batch_or_all_of_it(monkeypatch, n, shuffle, sizes):
    monkeypatch.setattr("emotion_lib.datasets.batches._device_count", lambda: 2)
    batches = Batches(of(n), 16, shuffle=shuffle)
    found = {len(batches[index][1]) for index in range(len(batches))}
    assert found == sizes
    assert len({size % 2 for size in found}) == 1


def test_a_size_below_one_is_refused():
    with pytest.raises(ValueError, match=r"at least 1\. Received: 0"):
        Batches(SPLIT, 0)


def test_inference_sees_one_size_and_answers_for_every_image():
    for n, asked, size in ((10, 4, 4), (8, 4, 4), (3, 4, 4), (1, 4, 1), (5, 256, 8)):
        seen = []

        def function(images, seen=seen):
            seen.append(len(images))
            return images * 2

        answers = np.concatenate(list(in_batches(function, np.arange(n)[:, None], asked)))
        assert answers.tolist() == [[2 * row] for row in range(n)]
        assert set(seen) == {size} and len(seen) == -(-n // size)


def test_colour_images_keep_their_channels():
    split = Split(np.zeros((2, 4, 4, 3), np.uint8), np.zeros(2, np.int64))
    assert Batches(split, 2)[0][0].shape == (2, 4, 4, 3)


def test_an_empty_split_is_refused():
    with pytest.raises(ValueError, match="Received: none"):
        Batches(Split(np.zeros((0, 4, 4), np.uint8), np.zeros(0, np.int64)), 2)
