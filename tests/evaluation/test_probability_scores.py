import numpy as np
import pytest
from sklearn import metrics

from emotion_lib.evaluation import Evaluation
from emotion_lib.evaluation.probability_scores import (
    adaptive_calibration_error,
    brier_score,
    log_loss,
    probability_table,
)

NAMES = ("a", "b", "c", "d")


@pytest.fixture
def evaluation():
    """Return random labels and scores of 1,000 images and four classes."""
    rng = np.random.default_rng(0)
    scores = rng.dirichlet(np.ones(4), 1000)
    return Evaluation(rng.integers(0, 4, 1000), scores, NAMES)


def test_log_loss_is_scikit_learns(evaluation):
    expected = metrics.log_loss(evaluation.y_true, evaluation.y_score, labels=range(4))
    assert log_loss(evaluation) == pytest.approx(expected)


def test_brier_score_is_scikit_learns_summed_over_the_classes(evaluation):
    expected = 0.0
    for label in range(4):
        truth = evaluation.y_true == label
        expected += metrics.brier_score_loss(truth, evaluation.y_score[:, label])
    assert brier_score(evaluation) == pytest.approx(expected)


def test_scores_by_hand():
    scores = np.array([[0.5, 0.3, 0.2, 0.0], [0.1, 0.2, 0.3, 0.4]])
    two = Evaluation(np.array([0, 0]), scores, NAMES)
    # (0.25 + 0.09 + 0.04) and (0.81 + 0.04 + 0.09 + 0.16).
    assert brier_score(two) == pytest.approx((0.38 + 1.1) / 2)
    assert log_loss(two) == pytest.approx(-(np.log(0.5) + np.log(0.1)) / 2)


def test_an_impossible_label_has_the_loss_of_the_floor():
    certain = Evaluation(np.array([1]), np.array([[1.0, 0.0, 0.0, 0.0]]), NAMES)
    assert log_loss(certain) == pytest.approx(-np.log(1e-7))
    assert log_loss(certain, floor=0.01) == pytest.approx(-np.log(0.01))
    assert brier_score(certain) == 2


def test_adaptive_error_by_hand():
    # Three bins of two images: confidences 0.4 and 0.5, 0.6 and 0.7, 0.8 and 0.9.
    highest = np.array([0.9, 0.4, 0.7, 0.5, 0.8, 0.6])
    rest = (1 - highest) / 3
    scores = np.stack([highest, rest, rest, rest], axis=1)
    labels = np.array([0, 1, 0, 1, 0, 1])
    evaluation = Evaluation(labels, scores, NAMES)
    # Accuracies 0, 0.5 and 1; mean confidences 0.45, 0.65 and 0.85.
    expected = (0.45 + 0.15 + 0.15) / 3
    assert adaptive_calibration_error(evaluation, bins=3) == pytest.approx(expected)
    # The order of the images has no influence.
    turned = evaluation.where(np.arange(6)[::-1])
    assert adaptive_calibration_error(turned, bins=3) == pytest.approx(expected)


def test_images_of_one_confidence_stay_together():
    scores = np.tile([0.7, 0.1, 0.1, 0.1], (10, 1))
    evaluation = Evaluation(np.repeat([0, 1], [4, 6]), scores, NAMES)
    assert adaptive_calibration_error(evaluation) == pytest.approx(0.3)


def test_adaptive_bins_find_what_one_wide_bin_hides():
    # Half of the images are too sure, half not sure enough; one bin of equal width holds them all.
    highest = np.repeat([0.935, 0.995], 100)
    scores = np.stack([highest, 1 - highest], axis=1)
    labels = np.concatenate([np.zeros(100, int), np.repeat([0, 1], [93, 7])])
    evaluation = Evaluation(labels, scores, ("a", "b"))
    assert evaluation.calibration_error == pytest.approx(0.0)
    assert adaptive_calibration_error(evaluation) == pytest.approx(0.065)


def test_table(evaluation):
    table = probability_table({"raw": evaluation, "half": evaluation.where(np.arange(500))})
    assert table.columns.tolist() == ["n", "accuracy", "ECE", "adaptive ECE", "Brier", "log loss"]
    assert table.loc["raw", "ECE"] == evaluation.calibration_error
    assert table.loc["half", "n"] == 500
    assert table.loc["raw", "Brier"] == brier_score(evaluation)
