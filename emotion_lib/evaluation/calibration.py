"""Confidence that means what it says, and when to say nothing."""

from dataclasses import dataclass

import keras
import numpy as np
from scipy.optimize import minimize

from . import Evaluation

RISK = 0.25  # share of wrong answers on validation that the threshold of "not sure" is set for


@dataclass(frozen=True)
class Scaling:
    """What is done to a model's logits: divided by a temperature, moved by a bias a class.

    Attributes:
        temperature: above 1, the model was too sure of itself (Guo, Pleiss, Sun & Weinberger, "On calibration of modern
            neural networks", ICML 2017). It moves no image to another class.
        bias: one number a class. A model that was taught by other labels than it is asked for, by votes, say,
            has learned how often *those* name each class; the bias says how often these do. It does move images.
    """

    temperature: float
    bias: tuple[float, ...]

    def apply(self, evaluation: Evaluation) -> Evaluation:
        """The evaluation that the scaled model would have had."""
        scores = _softmax(_logits(evaluation) / self.temperature + np.asarray(self.bias))
        return Evaluation(
            evaluation.y_true,
            scores.astype(np.float32),
            evaluation.class_names,
            evaluation.thresholds,
        )

    def fold(self, model: keras.Model) -> None:
        """Write the scaling into the weights of the last layer, in place.

        Raises:
            ValueError: the last layer is not a dense softmax with a bias.
        """
        last = model.layers[-1]
        softmax = getattr(getattr(last, "activation", None), "__name__", "") == "softmax"
        if not (isinstance(last, keras.layers.Dense) and softmax and last.use_bias):
            raise ValueError(
                f"Expected a dense softmax with a bias as the last layer. Received: {type(last).__name__} {last.name!r}."
            )
        kernel, bias = (np.asarray(weights) for weights in last.get_weights())
        last.set_weights(
            [kernel / self.temperature, bias / self.temperature + np.asarray(self.bias)]
        )


def fit_scaling(validation: Evaluation, *, bias: bool = False) -> Scaling:
    """The scaling that makes the labels of *validation* likeliest.

    Args:
        validation: scores of a softmax, and labels.
        bias: whether classes are moved too ("bias-corrected temperature scaling": Alexandari, Kundaje & Shrikumar,
            "Maximum likelihood with bias-corrected calibration is hard-to-beat at label shift adaptation", ICML 2020). A
            class without labels stays where it is.
    """
    logits, rows, n = _logits(validation), np.arange(validation.n), len(validation.class_names)
    moves = np.isin(np.arange(n), validation.y_true) * bias

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        scaled = logits * np.exp(-parameters[0])
        scores = _softmax(scaled + parameters[1:])
        wrong = scores.copy()
        wrong[rows, validation.y_true] -= 1
        slopes = np.concatenate([[-(wrong * scaled).sum() / len(rows)], wrong.mean(axis=0) * moves])
        return float(-np.log(np.maximum(scores[rows, validation.y_true], 1e-300)).mean()), slopes

    bounds = [(np.log(0.1), np.log(10)), *[(-10, 10)] * n]
    found = minimize(loss, np.zeros(1 + n), jac=True, bounds=bounds, method="L-BFGS-B").x
    return Scaling(float(np.exp(found[0])), tuple(found[1:].tolist()))


def _logits(evaluation: Evaluation) -> np.ndarray:
    """Up to a constant an image."""
    return np.log(np.maximum(evaluation.y_score.astype(np.float64), 1e-12))


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def abstention_threshold(validation: Evaluation, risk: float = RISK) -> float:
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


def selective(evaluation: Evaluation, threshold: float) -> dict[str, float]:
    """What answering only from a threshold of confidence on comes to.

    Returns:
        "coverage", the share of images that are answered, and "risk", the share of these answers that is wrong (0 without
        any).
    """
    answered = evaluation.y_score.max(axis=1) >= threshold
    wrong = ~evaluation.correct[answered]
    return {"coverage": float(answered.mean()), "risk": float(wrong.mean()) if len(wrong) else 0.0}
