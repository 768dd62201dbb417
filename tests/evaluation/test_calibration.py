import keras
import numpy as np
import pytest

from emotion_lib.evaluation import Evaluation, evaluate
from emotion_lib.evaluation.calibration import Scaling, abstention_threshold, fit_scaling, selective


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
    scaling = fit_scaling(raw)
    assert scaling.temperature == pytest.approx(2.0, rel=0.05) and scaling.bias == (0, 0, 0, 0)
    calm = scaling.apply(raw)
    assert calm.accuracy == raw.accuracy
    assert calm.calibration_error < 0.03 < raw.calibration_error


def test_a_bias_gives_each_class_its_share_again():
    true = overconfident(n=8000, temperature=1.0)
    moved = Scaling(0.5, (1.0, -1.0, 0.5, -0.5)).apply(true)
    scaling = fit_scaling(moved, bias=True)
    assert scaling.temperature == pytest.approx(2.0, rel=0.06)
    np.testing.assert_allclose(scaling.bias, (-0.5, 0.5, -0.25, 0.25), atol=0.1)
    again = scaling.apply(moved)
    assert (
        again.accuracy == pytest.approx(true.accuracy, abs=0.01)
        and again.accuracy > moved.accuracy + 0.02
    )
    assert fit_scaling(moved.where(moved.y_true != 3), bias=True).bias[3] == 0


def test_folded_into_the_model_it_gives_the_same(small_model, dataset):
    before = evaluate(small_model, dataset.test, dataset.class_names)
    copy = keras.models.clone_model(small_model)
    copy.set_weights(small_model.get_weights())
    scaling = Scaling(1.7, tuple(np.linspace(-1, 1, len(dataset.class_names))))
    scaling.fold(copy)
    after = evaluate(copy, dataset.test, dataset.class_names)
    np.testing.assert_allclose(after.y_score, scaling.apply(before).y_score, atol=1e-5)
    with pytest.raises(ValueError, match="dense softmax"):
        scaling.fold(
            keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="sigmoid")])
        )


def test_answers_above_the_threshold_are_wrong_as_rarely_as_asked():
    e = Scaling(2.0, (0, 0, 0, 0)).apply(overconfident())
    threshold = abstention_threshold(e, 0.2)
    answered = e.y_score.max(1) >= threshold
    assert selective(e, threshold) == {
        "coverage": answered.mean(),
        "risk": (~e.correct[answered]).mean(),
    }
    assert selective(e, 1.1) == {"coverage": 0, "risk": 0}
    assert 0.3 < answered.mean() < 1 and (~e.correct[answered]).mean() <= 0.2
    assert (~e.correct[e.y_score.max(1) >= threshold - 0.02]).mean() > 0.2
    hopeless = Evaluation(np.zeros(3, int), np.tile([0.1, 0.9], (3, 1)), ("a", "b"))
    assert abstention_threshold(hopeless, 0.2) == 1.0
    with pytest.raises(ValueError, match="between 0 and 1"):
        abstention_threshold(e, 20)
