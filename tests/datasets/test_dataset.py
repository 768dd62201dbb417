"""Splits and data sets."""

import numpy as np
import pytest

from emotion_lib.datasets import Split


def test_a_split_refuses_labels_of_another_length():
    with pytest.raises(ValueError, match=r"Expected 3 labels.*Received: 2"):
        Split(np.zeros((3, 48, 48), np.uint8), np.zeros(2, np.int64))


def test_take_keeps_images_and_labels_together(dataset):
    some = dataset.train.take(np.array([3, 1]))
    assert np.array_equal(some.images, dataset.train.images[[3, 1]])
    assert np.array_equal(some.labels, dataset.train.labels[[3, 1]])


def test_a_limited_data_set_is_not_full(dataset):
    small = dataset.limit(10, seed=1)
    assert [len(small.train), len(small.val), len(small.test)] == [10, 10, 10]
    assert not small.full
    assert small.fingerprint != dataset.fingerprint


def test_no_limit_changes_nothing(dataset):
    assert dataset.limit(None) is dataset


def test_counts_by_class(dataset):
    assert dataset.counts()["train"].tolist() == [8] * 7
    assert list(dataset.counts().index) == list(dataset.class_names)


def test_the_summary_has_counts_fingerprint_and_notes(dataset):
    lines = dataset.summary().splitlines()
    assert any(line.split() == ["surprise", "8", "4", "4"] for line in lines)
    assert lines[-2:] == [f"fingerprint {dataset.fingerprint}", "- drawn, not real"]
