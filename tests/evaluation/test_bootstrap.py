import numpy as np
import pytest
from scipy.stats import bootstrap

from emotion_lib.evaluation import (
    Evaluation,
    bootstrap_difference,
    bootstrap_interval,
    intervals_table,
    wilson_interval,
)
from emotion_lib.evaluation.bootstrap import resampled
from emotion_lib.evaluation.probability_scores import brier_score

NAMES = ("angry", "happy", "sad")


def single_label(n=60, seed=0):
    """Return an evaluation with ties among its scores, of which two in three are right."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, n)
    scores = np.round(generator.dirichlet(np.ones(3), n), 1)
    scores[np.arange(n), labels] += 0.3
    return Evaluation(labels, scores / scores.sum(axis=1, keepdims=True), NAMES)


def multi_label(n=60, seed=0):
    generator = np.random.default_rng(seed)
    labels = generator.random((n, 3)) < 0.4
    scores = np.round(0.7 * generator.random((n, 3)) + 0.3 * labels, 2)
    return Evaluation(labels, scores, NAMES, np.array([0.4, 0.5, 0.6]))


@pytest.mark.parametrize(
    ("evaluation", "metric"),
    [
        (single_label(), "accuracy"),
        (single_label(), "balanced_accuracy"),
        (single_label(), "macro_f1"),
        (single_label(), "mean_average_precision"),
        (single_label(), "calibration_error"),
        (multi_label(), "accuracy"),
        (multi_label(), "balanced_accuracy"),
        (multi_label(), "macro_f1"),
        (multi_label(), "micro_f1"),
        (multi_label(), "mean_average_precision"),
    ],
)
def test_a_resample_has_the_metric_of_its_images(evaluation, metric):
    values = resampled(evaluation, metric, draws=20, seed=3)
    drawn = np.random.default_rng(3).integers(0, evaluation.n, size=(20, evaluation.n))
    expected = [getattr(evaluation.where(images), metric) for images in drawn]
    assert values == pytest.approx(expected)


def test_a_function_of_an_evaluation_is_a_metric():
    evaluation = single_label(n=200)
    labels = np.eye(3)[evaluation.y_true]
    of_image = ((evaluation.y_score - labels) ** 2).sum(axis=1)
    low, high = bootstrap_interval(evaluation, brier_score)
    half = 1.96 * of_image.std() / np.sqrt(200)
    assert (low, high) == pytest.approx(
        (of_image.mean() - half, of_image.mean() + half), abs=0.1 * half
    )


def test_a_class_that_a_resample_lacks_is_left_out():
    scores = np.tile([0.8, 0.1, 0.1], (6, 1))
    rare = Evaluation(np.array([0, 0, 0, 0, 0, 1]), scores, NAMES)
    values = resampled(rare, "balanced_accuracy", draws=100)
    # Class 1 is never recognised: half where it was drawn, one where it was not.
    assert set(values.tolist()) == {0.5, 1.0}


@pytest.mark.parametrize(
    ("metric", "method"), [("macro_f1", "percentile"), ("calibration_error", "basic")]
)
def test_the_interval_is_that_of_scipy(metric, method):
    evaluation = single_label(n=300)

    def of_images(images):
        return getattr(evaluation.where(images), metric)

    expected = bootstrap(
        (np.arange(300),), of_images, n_resamples=400, vectorized=False, method=method, rng=1
    )
    found = bootstrap_interval(evaluation, metric, draws=4000)
    assert found == pytest.approx(tuple(expected.confidence_interval), abs=0.012)


def test_the_interval_of_an_accuracy_is_near_wilsons():
    evaluation = single_label(n=500)
    found = bootstrap_interval(evaluation, "accuracy")
    assert found == pytest.approx(wilson_interval(int(evaluation.correct.sum()), 500), abs=0.006)


def test_the_interval_of_the_calibration_error_is_freed_of_noise():
    # Answers with a confidence of 0.6, 0.7, 0.8 and 0.9 are right as often: the error is noise.
    generator = np.random.default_rng(0)
    confidence = np.repeat([0.6, 0.7, 0.8, 0.9], 100)
    labels = (generator.random(400) > confidence).astype(int)
    scores = np.stack([confidence, 1 - confidence], axis=1)
    calibrated = Evaluation(labels, scores, ("happy", "sad"))
    low, high = bootstrap_interval(calibrated, "calibration_error")
    resamples = resampled(calibrated, "calibration_error")
    assert resamples.mean() > calibrated.calibration_error > (low + high) / 2
    assert low >= 0


def test_a_difference_on_the_same_images_is_paired():
    first = single_label(n=400)
    scores = first.y_score.copy()
    scores[:20] = scores[:20, [1, 2, 0]]
    second = Evaluation(first.y_true, scores, NAMES)
    low, high = bootstrap_difference(first, second, "accuracy")
    paired = (first.correct.astype(int) - second.correct).std() * 2 * 1.96 / np.sqrt(400)
    assert high - low == pytest.approx(paired, rel=0.15)
    own = bootstrap_interval(first, "accuracy")
    assert high - low < 0.6 * (own[1] - own[0])
    assert bootstrap_difference(first, first, "macro_f1") == (0, 0)


def test_the_table_has_every_metric():
    evaluation = single_label()
    table = intervals_table(evaluation, draws=50)
    assert list(table.index[:7]) == [
        "accuracy", "balanced accuracy", "macro-F1", "calibration error",
        "adaptive calibration error", "Brier score", "log loss",
    ]  # fmt: skip
    assert table.loc["Brier score", "value"] == brier_score(evaluation)
    assert table.loc["recall, sad", "value"] == evaluation.recall["sad"]
    row = table.loc["recall, sad", ["low", "high"]]
    assert tuple(row) == evaluation.recall_interval["sad"]
    answers = (evaluation.y_pred == 2).sum()
    hits = (evaluation.correct & (evaluation.y_pred == 2)).sum()
    row = table.loc["precision, sad"]
    assert (row["value"], row["n"]) == (hits / answers, answers)
    assert (row["low"], row["high"]) == wilson_interval(int(hits), int(answers))
    assert list(intervals_table(multi_label(), draws=50).index[3:5]) == ["micro-F1", "mAP"]


def test_an_unknown_metric_and_an_empty_split_are_errors():
    with pytest.raises(ValueError, match="Expected a metric among"):
        bootstrap_interval(single_label(), "beauty")
    with pytest.raises(ValueError, match="at least one image"):
        bootstrap_interval(single_label().where(np.zeros(60, bool)), "accuracy")
