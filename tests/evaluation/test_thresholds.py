import numpy as np
import pytest

from emotion_lib.evaluation import Evaluation, compare, fit_thresholds

LABELS = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 1]], bool)
SCORES = np.array([[0.9, 0.1, 0.2], [0.8, 0.6, 0.3], [0.2, 0.7, 0.1], [0.4, 0.3, 0.9]])
AT_ONE_HALF = Evaluation(LABELS, SCORES, ("a", "b", "c"))


def test_threshold_lies_between_the_last_positive_and_the_first_negative():
    thresholds = fit_thresholds(AT_ONE_HALF)
    assert thresholds == pytest.approx([0.3, 0.65, 0.6])
    fitted = Evaluation(LABELS, SCORES, ("a", "b", "c"), thresholds)
    assert fitted.accuracy == 1.0
    assert fitted.summary()["thresholds"] == pytest.approx([0.3, 0.65, 0.6])
    result = compare(fitted, AT_ONE_HALF)
    assert (result.only_first, result.only_second, result.difference) == (2, 0, 0.5)


def test_equal_scores_are_not_separated():
    truth = np.array([[1], [0], [1]], bool)
    tied = Evaluation(truth, np.array([[0.7], [0.7], [0.2]]), ("a",))
    assert fit_thresholds(tied) == pytest.approx([0.1])


def test_label_without_images_keeps_one_half():
    absent = Evaluation(np.zeros((2, 1), bool), np.array([[0.7], [0.2]]), ("a",))
    assert fit_thresholds(absent) == [0.5]
    assert np.isnan(absent.average_precision["a"])
