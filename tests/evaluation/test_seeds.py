import numpy as np
import pytest
from scipy.stats import ttest_ind

from emotion_lib.evaluation import Evaluation, compare_seeds
from emotion_lib.evaluation.seeds import student_interval


def evaluation_with(correct):
    """Return an evaluation of images that are classified correctly where ``correct`` is 1."""
    y_true = np.zeros(len(correct), int)
    y_pred = np.where(correct, 0, 1)
    return Evaluation(y_true, np.eye(2)[y_pred], ("a", "b"))


def test_two_variances_give_welchs_test():
    first = np.array([0.60, 0.62, 0.61])
    second = np.array([0.59, 0.55, 0.58, 0.57])
    variances = np.array([first.var(ddof=1) / 3, second.var(ddof=1) / 4])
    interval, p_value = student_interval(first.mean() - second.mean(), variances, np.array([2, 3]))
    welch = ttest_ind(first, second, equal_var=False)
    limits = welch.confidence_interval(0.95)
    assert interval == pytest.approx((limits.low, limits.high))
    assert p_value == pytest.approx(welch.pvalue)


def test_trainings_that_agree_leave_the_paired_test_on_images():
    generator = np.random.default_rng(0)
    first = generator.random(400) < 0.7
    second = generator.random(400) < 0.6
    result = compare_seeds([evaluation_with(first)] * 3, [evaluation_with(second)] * 3)
    of_images = first.astype(float) - second
    half = 1.966 * of_images.std(ddof=1) / 20  # Student's t with 399 degrees of freedom
    assert result.difference == pytest.approx(of_images.mean())
    assert result.interval == pytest.approx(
        (of_images.mean() - half, of_images.mean() + half), abs=1e-4
    )
    assert result.seeds == (3, 3)


def test_seeds_that_differ_widen_the_interval():
    generator = np.random.default_rng(1)
    n = 2_000
    steady = [evaluation_with(generator.random(n) < 0.65) for _ in range(3)]
    wild = [evaluation_with(generator.random(n) < share) for share in (0.55, 0.65, 0.75)]
    other = [evaluation_with(generator.random(n) < 0.65) for _ in range(3)]
    low, high = compare_seeds(steady, other).interval
    assert high - low < 0.06
    low, high = compare_seeds(wild, other).interval
    # Three accuracies 0.1 apart: error 0.1 / sqrt(3), t of about two degrees of freedom 4.3.
    assert high - low == pytest.approx(2 * 4.3 * 0.1 / np.sqrt(3), rel=0.1)


def test_one_in_twenty_intervals_misses_when_there_is_no_difference():
    generator = np.random.default_rng(2)
    missed = 0
    for _ in range(300):
        ease = generator.normal(0.6, 0.2, 500)  # the same images are hard for both
        methods = []
        for _method in range(2):
            trainings = []
            for _seed in range(3):
                quality = generator.normal(0, 0.02)
                trainings.append(evaluation_with(generator.random(500) < ease + quality))
            methods.append(trainings)
        missed += compare_seeds(*methods).p_value < 0.05
    assert missed <= 0.08 * 300


def test_equal_methods_do_not_differ():
    model = evaluation_with([1, 0, 1])
    result = compare_seeds([model, model], [model, model])
    assert (result.difference, result.p_value, result.interval) == (0, 1, (0, 0))


def test_one_training_and_other_images_are_rejected():
    model = evaluation_with([1, 0, 1])
    with pytest.raises(ValueError, match=r"at least two trainings.*Received: 2 and 1\."):
        compare_seeds([model, model], [model])
    with pytest.raises(ValueError, match=r"same images.*Received: 3 and 2 images\."):
        compare_seeds([model, model], [model, evaluation_with([1, 0])])
