"""Confidence that means what it says, and when to say nothing."""

import keras
import numpy as np

from .evaluation import Evaluation


def fit_temperature(validation: Evaluation) -> float:
    """The temperature that makes a model's probabilities likeliest on *validation*: above 1 it was too sure of itself
    (Guo, Pleiss, Sun & Weinberger, "On Calibration of Modern Neural Networks", ICML 2017).

    It moves no image to another class, so that no accuracy changes.
    """
    from scipy.optimize import minimize_scalar

    logits = np.log(np.maximum(validation.y_score.astype(np.float64), 1e-12))
    rows = np.arange(validation.n)

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        scaled -= scaled.max(axis=1, keepdims=True)
        return float(np.mean(np.log(np.exp(scaled).sum(axis=1)) - scaled[rows, validation.y_true]))

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.1), np.log(10)), method="bounded").x))


def tempered(evaluation: Evaluation, temperature: float) -> Evaluation:
    """The evaluation that the model would have had with this temperature."""
    powers = np.maximum(evaluation.y_score.astype(np.float64), 1e-12) ** (1 / temperature)
    scores = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return Evaluation(evaluation.y_true, scores, evaluation.class_names, evaluation.thresholds)


def fold_temperature(model: keras.Model, temperature: float) -> None:
    """Divide the weights of the last layer, in place, so that the model's probabilities come out tempered.

    Raises:
        ValueError: the last layer is not a dense softmax.
    """
    last = model.layers[-1]
    if not isinstance(last, keras.layers.Dense) or getattr(last.activation, "__name__", "") != "softmax":
        raise ValueError(f"Expected a dense softmax as the last layer. Received: {type(last).__name__} {last.name!r}.")
    last.set_weights([np.asarray(weights) / temperature for weights in last.get_weights()])


def abstention_threshold(validation: Evaluation, risk: float) -> float:
    """The lowest confidence from which on answers are wrong at most so often, by *validation*.

    Args:
        validation: calibrated scores.
        risk: share of wrong answers among those given, such as 0.2.

    Returns:
        A threshold of the highest probability; 1.0 if even the surest answers are wrong more often.
    """
    if not 0 < risk < 1:
        raise ValueError(f"Expected a risk between 0 and 1. Received: {risk}.")
    thresholds, _, risks = validation.risk_coverage()
    # From the longest list of answers down: near its start a curve of few images jumps.
    fine = np.flatnonzero(risks <= risk)
    return float(thresholds[fine[-1]]) if len(fine) else 1.0
