"""Labels that confident learning takes for wrong, and the control of dropping at random."""

import numpy as np
import pytest

from emotion_lib.evaluation.doubtful_labels import (
    best_alternative,
    doubtful_table,
    equally_many_at_random,
    is_doubtful,
)


def test_labels_are_marked_as_the_confident_joint_says():
    # Class 0 has 8 images with p(0) = 0.9 and two with p(1) = 0.9; class 1 ten with p(1) = 0.8.
    # Thresholds: class 0 has mean p(0) (8 * 0.9 + 2 * 0.1) / 10 = 0.74, class 1 has 0.8. The two
    # images reach the threshold of class 1, no image of class 1 reaches that of class 0: the
    # confident joint is [[8, 2], [0, 10]], so two labels 0 should be 1.
    labels = np.repeat([0, 1], 10)
    of_first = np.array([0.9] * 8 + [0.1] * 2 + [0.2] * 10)
    scores = np.stack([of_first, 1 - of_first], axis=1)
    assert np.flatnonzero(is_doubtful(labels, scores)).tolist() == [8, 9]


def test_swapped_labels_are_found():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 7, 700)
    given = truth.copy()
    swapped = rng.choice(700, 70, replace=False)
    given[swapped] = (truth[swapped] + 1) % 7
    scores = rng.dirichlet(np.ones(7), 700) * 0.3
    scores[np.arange(700), truth] += 0.7
    marked = is_doubtful(given, scores)
    assert marked[swapped].mean() > 0.9
    assert marked[np.setdiff1d(np.arange(700), swapped)].mean() < 0.01


def test_a_label_that_the_model_agrees_with_is_not_doubtful():
    rng = np.random.default_rng(1)
    scores = rng.dirichlet(np.ones(3), 200)
    assert not is_doubtful(scores.argmax(axis=1), scores).any()


def test_the_control_has_as_many_images_of_each_class():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 200)
    marked = rng.random(200) < np.array([0.0, 0.2, 0.5, 1.0])[labels]
    control = equally_many_at_random(labels, marked, seed=3)
    np.testing.assert_array_equal(np.bincount(labels[control]), np.bincount(labels[marked]))
    assert not np.array_equal(control, marked)
    np.testing.assert_array_equal(control, equally_many_at_random(labels, marked, seed=3))


def test_labels_and_scores_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match="one row of scores per label"):
        is_doubtful(np.zeros(3, int), np.ones((2, 2)) / 2)


def test_the_best_alternative_is_never_the_label():
    scores = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.0, 1.0, 0.0]])
    classes, margins = best_alternative(np.array([0, 0, 1]), scores)
    assert classes.tolist() == [1, 2, 0]
    assert margins.tolist() == pytest.approx([-0.5, 0.5, -1.0])


def test_the_most_suspicious_label_comes_first():
    labels = np.repeat([0, 1], 10)
    of_first = np.array([0.9] * 8 + [0.2, 0.1] + [0.2] * 10)
    scores = np.stack([of_first, 1 - of_first], axis=1)
    names = [f"{number}.png" for number in range(20)]
    table = doubtful_table(names, labels, scores, ("happy", "sad"))
    assert table["file"].tolist() == ["9.png", "8.png"]
    assert table.index.tolist() == [9, 8]
    assert table["label"].tolist() == ["happy", "happy"]
    assert table["suggested"].tolist() == ["sad", "sad"]
    assert table["of suggested"].tolist() == pytest.approx([0.9, 0.8])


def test_a_class_without_images_is_no_error():
    # As the first test, in columns 0 and 3 of a model of seven classes.
    labels = np.repeat([0, 3], 10)
    scores = np.full((20, 7), 0.002)
    of_first = np.array([0.9] * 8 + [0.09] * 2 + [0.19] * 10)
    scores[:, 0] = of_first
    scores[:, 3] = 0.99 - of_first
    assert np.flatnonzero(is_doubtful(labels, scores)).tolist() == [8, 9]


def test_labels_of_one_class_are_refused():
    with pytest.raises(ValueError, match="at least two classes"):
        is_doubtful(np.zeros(3, int), np.ones((3, 2)) / 2)
