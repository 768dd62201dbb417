import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier

from emotion_lib.datasets import load
from emotion_lib.datasets.sources.synthetic import CLASS_NAMES, draw_face


def test_same_seed_same_faces():
    first, again, other = (
        load("synthetic", n_train=14, n_val=7, n_test=7, seed=s) for s in (3, 3, 4)
    )
    assert (
        np.array_equal(first.train.images, again.train.images)
        and first.fingerprint == again.fingerprint
    )
    assert first.fingerprint != other.fingerprint


def test_shape_and_balance(dataset):
    assert dataset.train.images.shape == (56, 48, 48) and dataset.train.images.dtype == np.uint8
    assert np.bincount(dataset.test.labels).tolist() == [4] * 7
    assert not dataset.full  # so that no run on it reaches the leaderboard


def test_expressions_can_be_told_apart():
    dataset = load("synthetic", n_train=420, n_val=7, n_test=140)
    flat = [s.images.reshape(len(s), -1) / 255 for s in (dataset.train, dataset.test)]
    model = RidgeClassifier(alpha=30).fit(flat[0], dataset.train.labels)
    assert model.score(flat[1], dataset.test.labels) > 0.5  # chance is 0.14


def test_draw_face():
    assert draw_face("happy", 1, 96).size == (96, 96)
    with pytest.raises(ValueError, match="bored"):
        draw_face("bored")
    assert len(CLASS_NAMES) == 7


def test_several_labels_a_face():
    options = {"n_train": 70, "n_val": 14, "n_test": 14, "multi_label": True}
    data = load("synthetic", **options)
    assert (
        data.multi_label and data.train.labels.shape == (70, 7) and data.train.labels.dtype == bool
    )
    assert set(data.train.labels.sum(1)) == {1, 2} and (data.train.labels.sum(0) >= 10).all()
    assert data.fingerprint == load("synthetic", **options).fingerprint
