import numpy as np
import pytest

from emotion_lib.evaluation import Evaluation, compare


def evaluation_with(correct):
    """Return an evaluation of images that are classified correctly where ``correct`` is 1."""
    y_true = np.zeros(len(correct), int)
    y_pred = np.where(correct, 0, 1)
    return Evaluation(y_true, np.eye(2)[y_pred], ("a", "b"))


def test_comparison_worked_out_by_hand():
    first = evaluation_with([1] * 8 + [0] * 2)
    second = evaluation_with([1] * 2 + [0] * 7 + [1])
    result = compare(first, second)
    assert (result.only_first, result.only_second, result.difference) == (6, 1, 0.5)
    # Two-sided binomial test: twice P(X >= 6 of 7).
    assert result.p_value == pytest.approx(2 * (7 + 1) / 2**7)
    low, high = result.interval
    assert low < 0.5 < high
    assert low == pytest.approx(0.5 - 1.96 * np.sqrt(0.045), abs=0.1)


def test_a_model_equals_itself():
    model = evaluation_with([1, 0, 1])
    result = compare(model, model)
    assert (result.difference, result.p_value, result.interval) == (0, 1, (0, 0))


def test_other_images_are_rejected():
    with pytest.raises(ValueError, match=r"same images.*Received: 3 and 2 images\."):
        compare(evaluation_with([1, 0, 1]), evaluation_with([1, 0]))
    other_labels = Evaluation(np.ones(3, int), np.eye(2)[[0, 0, 1]], ("a", "b"))
    with pytest.raises(ValueError, match="3 and 3 images, with different labels"):
        compare(evaluation_with([1, 0, 1]), other_labels)
