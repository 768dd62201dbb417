"""Drawn faces."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier

from emotion_lib.datasets import load
from emotion_lib.datasets.sources.synthetic import CLASS_NAMES, draw_face


def test_the_images_depend_on_the_seed_only():
    sizes = {"n_train": 14, "n_val": 7, "n_test": 7}
    first = load("synthetic", **sizes, seed=3)
    again = load("synthetic", **sizes, seed=3)
    other = load("synthetic", **sizes, seed=4)
    assert np.array_equal(first.train.images, again.train.images)
    assert first.fingerprint == again.fingerprint
    assert first.fingerprint != other.fingerprint


def test_the_images_stay_the_same_between_versions():
    """Recorded runs name the fingerprint of their data."""
    sizes = {"n_train": 20, "n_val": 7, "n_test": 7}
    assert load("synthetic", **sizes).fingerprint == "5c834b41984133c6"
    assert load("synthetic", **sizes, multi_label=True).fingerprint == "280bba7df68becc2"


def test_shape_and_balance(dataset):
    assert dataset.train.images.shape == (56, 48, 48)
    assert dataset.train.images.dtype == np.uint8
    assert np.bincount(dataset.test.labels).tolist() == [4] * 7
    assert not dataset.full  # so that no run on it reaches the leaderboard


def test_expressions_can_be_distinguished():
    dataset = load("synthetic", n_train=420, n_val=7, n_test=140)
    train = dataset.train.images.reshape(420, -1) / 255
    test = dataset.test.images.reshape(140, -1) / 255
    model = RidgeClassifier(alpha=30).fit(train, dataset.train.labels)
    assert model.score(test, dataset.test.labels) > 0.5  # chance is 0.14


def test_a_face_has_the_size_asked_for():
    assert draw_face("happy", 1, 96).size == (96, 96)
    assert len(CLASS_NAMES) == 7


def test_an_unknown_expression_is_refused():
    with pytest.raises(ValueError, match="bored"):
        draw_face("bored")


def test_faces_with_several_labels():
    options = {"n_train": 70, "n_val": 14, "n_test": 14, "multi_label": True}
    data = load("synthetic", **options)
    labels = data.train.labels
    assert data.multi_label
    assert labels.shape == (70, 7)
    assert labels.dtype == bool
    assert set(labels.sum(axis=1)) == {1, 2}
    assert (labels.sum(axis=0) >= 10).all()
    assert data.fingerprint == load("synthetic", **options).fingerprint
