"""The head that learns what viewers perceive, as a model file of its own with its record."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from emotion_lib import artifacts, evaluation
from emotion_lib.models.heads import HEADS, LABEL, PERCEIVED, head
from emotion_lib.models.residual import residual
from emotion_lib.training.second_head import (
    LABEL_HEAD,
    OWN_LABELS,
    export_perceived,
    training_labels,
    viewers_of,
    with_both_labels,
)


@pytest.fixture
def viewers(dataset):
    """Drawn faces whose viewers name the next class for every image."""

    def renamed(split):
        return replace(split, labels=(split.labels + 1) % 7)

    val = renamed(dataset.val)
    return replace(dataset, name="ferplus perceived", val=val, test=renamed(dataset.test))


def test_the_second_head_is_exported_and_evaluated_by_both_conventions(dataset, viewers, tmp_path):
    keras.utils.set_random_seed(0)
    network = residual(stem=(4,), widths=(4,), blocks=(1,), heads=HEADS)
    label_report = evaluation.report(head(network, LABEL), dataset)
    expected_label = head(network, LABEL).predict_on_batch(dataset.val.images[..., None])
    file = tmp_path / "model.keras"
    shares = np.eye(7)[viewers.val.labels]
    model, report = export_perceived(
        network, viewers, dataset, shares, file, label_report=label_report, shift_seed=0
    )
    assert artifacts.load_model(file)[1] == dataset.class_names
    images = viewers.test.images[..., None]
    np.testing.assert_allclose(model.predict_on_batch(images), report.test.y_score, atol=1e-4)
    # The scaling is part of the second head, and of no other.
    np.testing.assert_allclose(
        head(network, PERCEIVED).predict_on_batch(images), report.test.y_score, atol=1e-4
    )
    np.testing.assert_array_equal(
        head(network, LABEL).predict_on_batch(dataset.val.images[..., None]), expected_label
    )
    np.testing.assert_array_equal(report.val.y_true, viewers.val.labels)
    own = report.further[OWN_LABELS["val"]]
    np.testing.assert_array_equal(own.y_true, dataset.val.labels)
    np.testing.assert_allclose(own.y_score, report.val.y_score, atol=1e-6)
    assert report.further[LABEL_HEAD["test"]] is label_report.test
    assert "validation, shifted" in report.further


def test_both_heads_learn_the_labels_of_faces_that_nobody_viewed(dataset):
    both = with_both_labels(dataset, 0.4)
    for split in ("train", "val"):
        labels = getattr(both, split).labels
        assert labels.shape == (len(getattr(dataset, split)), 2, 7)
        for number in range(2):
            own = labels[:, number].argmax(axis=1)
            np.testing.assert_array_equal(own, getattr(dataset, split).labels)
    assert both.test is dataset.test
    assert viewers_of(dataset) is dataset


def test_training_labels_of_one_head_and_of_two(dataset):
    """Nobody has voted on drawn faces: one head learns their labels, and two heads do as well."""
    assert training_labels(dataset, 0.4) is dataset
    both = training_labels(dataset, 0.4, two_heads=True)
    own = np.eye(dataset.num_classes)[dataset.train.labels]
    np.testing.assert_array_equal(both.train.labels, np.stack([own, own], axis=1))
