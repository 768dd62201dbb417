import itertools

import keras
import numpy as np
import pytest

from emotion_lib.evaluation import Evaluation, evaluate
from emotion_lib.evaluation.calibration import (
    Scaling,
    abstention_threshold,
    fit_scaling,
    reliability_bins,
    selective,
    without_zeros,
)


def overconfident(n=4000, temperature=2.0):
    """Return labels drawn from known probabilities, and scores with logits times a temperature."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (n, 4))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (rng.random(n)[:, None] > true.cumsum(axis=1)).sum(axis=1)
    powers = np.exp(logits * temperature)
    return Evaluation(labels, powers / powers.sum(axis=1, keepdims=True), ("a", "b", "c", "d"))


def test_fitted_temperature_calibrates():
    raw = overconfident()
    scaling = fit_scaling(raw)
    assert scaling.temperature == pytest.approx(2.0, rel=0.05)
    assert scaling.bias == (0, 0, 0, 0)
    calibrated = scaling.apply(raw)
    assert calibrated.accuracy == raw.accuracy
    assert calibrated.calibration_error < 0.03 < raw.calibration_error


def test_zeros_of_rounded_scores_do_not_decide_the_temperature():
    raw = overconfident(temperature=3.0)
    rounded = Evaluation(raw.y_true, raw.y_score.round(3), raw.class_names)
    of_labels = rounded.y_score[np.arange(rounded.n), rounded.y_true]
    assert (of_labels == 0).mean() > 0.02
    assert fit_scaling(rounded).temperature > 5
    assert fit_scaling(without_zeros(rounded)).temperature == pytest.approx(3.0, rel=0.1)


def test_fitted_bias_restores_class_frequencies():
    true = overconfident(n=8000, temperature=1.0)
    distorted = Scaling(0.5, (1.0, -1.0, 0.5, -0.5)).apply(true)
    scaling = fit_scaling(distorted, bias=True)
    assert scaling.temperature == pytest.approx(2.0, rel=0.06)
    np.testing.assert_allclose(scaling.bias, (-0.5, 0.5, -0.25, 0.25), atol=0.1)
    restored = scaling.apply(distorted)
    assert restored.accuracy == pytest.approx(true.accuracy, abs=0.01)
    assert restored.accuracy > distorted.accuracy + 0.02


def test_a_scaling_can_be_fitted_to_shares():
    true = overconfident(n=8000, temperature=1.0)
    found = fit_scaling(Scaling(0.5, (1.0, -1.0, 0.5, -0.5)).apply(true), bias=True)
    shares = fit_scaling(
        Scaling(0.5, (1.0, -1.0, 0.5, -0.5)).apply(true), bias=True, targets=true.y_score
    )
    assert shares.temperature == pytest.approx(2.0, rel=1e-3)
    np.testing.assert_allclose(shares.bias, found.bias, atol=0.1)
    np.testing.assert_allclose(np.diff(shares.bias), [1.0, -0.75, 0.5], atol=1e-3)


def test_two_scalings_as_one():
    evaluation = overconfident()
    first = Scaling(2.0, (0.5, -0.5, 0.0, 0.2))
    second = Scaling(0.7, (0.1, 0.2, 0.3, 0.4))
    expected = second.apply(first.apply(evaluation)).y_score
    np.testing.assert_allclose(first.then(second).apply(evaluation).y_score, expected, atol=1e-6)


def test_targets_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(4000, 4\)"):
        fit_scaling(overconfident(), targets=np.ones((4000, 7)))


def test_bias_of_a_class_without_images_stays_0():
    evaluation = overconfident()
    scaling = fit_scaling(evaluation.where(evaluation.y_true != 3), bias=True)
    assert scaling.bias[3] == 0


def test_folding_into_the_model_equals_applying(small_model, dataset):
    before = evaluate(small_model, dataset.test, dataset.class_names)
    copy = keras.models.clone_model(small_model)
    copy.set_weights(small_model.get_weights())
    scaling = Scaling(1.7, tuple(np.linspace(-1, 1, len(dataset.class_names))))
    scaling.fold(copy)
    after = evaluate(copy, dataset.test, dataset.class_names)
    np.testing.assert_allclose(after.y_score, scaling.apply(before).y_score, atol=1e-5)


def test_only_a_dense_softmax_can_be_scaled():
    sigmoid = keras.layers.Dense(3, activation="sigmoid")
    model = keras.Sequential([keras.Input((4,)), sigmoid])
    with pytest.raises(ValueError, match="dense softmax"):
        Scaling(1.7, (0, 0, 0)).fold(model)


def test_abstention_threshold_is_the_lowest_that_keeps_the_risk():
    evaluation = Scaling(2.0, (0, 0, 0, 0)).apply(overconfident())
    threshold = abstention_threshold(evaluation, 0.2)
    confidence = evaluation.y_score.max(axis=1)
    answered = confidence >= threshold
    assert 0.3 < answered.mean() < 1
    assert (~evaluation.correct[answered]).mean() <= 0.2
    assert (~evaluation.correct[confidence >= threshold - 0.02]).mean() > 0.2


def test_selective_is_coverage_and_risk():
    evaluation = overconfident()
    answered = evaluation.y_score.max(axis=1) >= 0.8
    risk = (~evaluation.correct[answered]).mean()
    assert selective(evaluation, 0.8) == {"coverage": answered.mean(), "risk": risk}
    assert selective(evaluation, 1.1) == {"coverage": 0, "risk": 0}


def test_reliability_bins_hold_every_image_once():
    evaluation = overconfident()
    bins = reliability_bins(evaluation)
    assert len(bins) == 10 and sum(part["n"] for part in bins) == evaluation.n
    assert all(part["n"] == pytest.approx(400, abs=5) for part in bins)
    assert bins[0]["low"] == 0 and bins[-1]["high"] == 1
    correct = sum(part["n"] * part["share"] for part in bins)
    assert correct == pytest.approx(evaluation.correct.sum())
    confidence = evaluation.y_score.max(axis=1)
    for part, after in itertools.pairwise(bins):
        assert part["high"] == after["low"]
        inside = (part["low"] <= confidence) & (confidence < part["high"])
        assert part["share"] == evaluation.correct[inside].mean()


def test_images_of_one_confidence_are_in_one_bin():
    certain = Evaluation(np.array([0, 1, 0]), np.tile([1.0, 0.0], (3, 1)), ("a", "b"))
    assert reliability_bins(certain) == [
        {"low": 0, "high": 1, "n": 3, "share": pytest.approx(2 / 3)}
    ]
    even = Evaluation(np.array([0, 1, 0]), np.tile([0.5, 0.5], (3, 1)), ("a", "b"))
    assert [part["n"] for part in reliability_bins(even)] == [3]


def test_a_model_that_is_always_wrong_never_answers():
    always_wrong = Evaluation(np.zeros(3, int), np.tile([0.1, 0.9], (3, 1)), ("a", "b"))
    assert abstention_threshold(always_wrong, 0.2) == 1.0


def test_risk_must_be_a_share():
    with pytest.raises(ValueError, match="between 0 and 1"):
        abstention_threshold(overconfident(), 20)
