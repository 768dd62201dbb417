import keras
import numpy as np
import pytest

from emotion_lib.calibration import abstention_threshold, fit_temperature, fold_temperature, tempered
from emotion_lib.evaluation import Evaluation, evaluate


def overconfident(n=4000, temperature=2.0):
    """Labels drawn from probabilities, and a model that says them too sharply by a known temperature."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (n, 4))
    true = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = (rng.random(n)[:, None] > true.cumsum(1)).sum(1)
    said = np.exp(logits * temperature) / np.exp(logits * temperature).sum(1, keepdims=True)
    return Evaluation(labels, said, ("a", "b", "c", "d"))


def test_the_temperature_is_found_and_calibrates():
    raw = overconfident()
    assert fit_temperature(raw) == pytest.approx(2.0, rel=0.05)
    calm = tempered(raw, fit_temperature(raw))
    assert calm.accuracy == raw.accuracy
    assert calm.calibration_error < 0.03 < raw.calibration_error


def test_folded_into_the_model_it_gives_the_same(small_model, dataset):
    before = evaluate(small_model, dataset.test, dataset.class_names)
    copy = keras.models.clone_model(small_model)
    copy.set_weights(small_model.get_weights())
    fold_temperature(copy, 1.7)
    after = evaluate(copy, dataset.test, dataset.class_names)
    np.testing.assert_allclose(after.y_score, tempered(before, 1.7).y_score, atol=1e-5)
    with pytest.raises(ValueError, match="dense softmax"):
        fold_temperature(keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="sigmoid")]), 2.0)


def test_answers_above_the_threshold_are_wrong_as_rarely_as_asked():
    e = tempered(overconfident(), 2.0)
    threshold = abstention_threshold(e, 0.2)
    answered = e.y_score.max(1) >= threshold
    assert 0.3 < answered.mean() < 1 and (~e.correct[answered]).mean() <= 0.2
    assert (~e.correct[e.y_score.max(1) >= threshold - 0.02]).mean() > 0.2
    hopeless = Evaluation(np.zeros(3, int), np.tile([0.1, 0.9], (3, 1)), ("a", "b"))
    assert abstention_threshold(hopeless, 0.2) == 1.0
    with pytest.raises(ValueError, match="between 0 and 1"):
        abstention_threshold(e, 20)
