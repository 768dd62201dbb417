"""Calibrated confidence: temperature scaling, its reliability, and when to abstain."""

import itertools
from dataclasses import dataclass, replace

import keras
import numpy as np
from scipy.optimize import minimize

from .evaluation import Evaluation

# Share of wrong answers on validation that the threshold of "not sure" is set for.
RISK = 0.25
# Bins of confidence, for "of faces it was this sure of, about 9 in 10 were labelled so".
BINS = 10
# What a recorded 0 stands for, as records round to 0.001. Of two networks with 40 epochs of
# notebook 01, the probabilities of labels that became 0 have a geometric mean of 0.00005.
RECORDED_ZERO = 5e-5


@dataclass(frozen=True)
class Scaling:
    """Bias-corrected temperature scaling of a model's logits.

    Attributes:
        temperature: divisor of the logits; above 1 for an overconfident model (Guo, Pleiss, Sun &
            Weinberger, "On calibration of modern neural networks", ICML 2017). It changes no
            prediction.
        bias: one summand per class, added after the division. A model that was trained on other
            labels, such as votes, has learned how often *those* name each class; the bias corrects
            the class frequencies. It does change predictions.
    """

    temperature: float
    bias: tuple[float, ...]

    def apply(self, evaluation: Evaluation) -> Evaluation:
        """Return the evaluation that the scaled model would have."""
        logits = _logits(evaluation) / self.temperature + np.asarray(self.bias)
        scores = _softmax(logits).astype(np.float32)
        return Evaluation(evaluation.y_true, scores, evaluation.class_names, evaluation.thresholds)

    def then(self, other: "Scaling") -> "Scaling":
        """Return the scaling that equals this one and another after it."""
        bias = np.asarray(self.bias) / other.temperature + np.asarray(other.bias)
        return Scaling(self.temperature * other.temperature, tuple(bias.tolist()))

    def fold(self, model: keras.Model) -> None:
        """Write the scaling into the weights of the model's last layer, in place.

        Raises:
            ValueError: the last layer is not a dense softmax layer with a bias.
        """
        last = model.layers[-1]
        activation = getattr(getattr(last, "activation", None), "__name__", "")
        if not isinstance(last, keras.layers.Dense) or activation != "softmax" or not last.use_bias:
            raise ValueError(
                "Expected a dense softmax layer with a bias as the last layer. "
                f"Received: {type(last).__name__} {last.name!r}."
            )
        kernel, bias = last.get_weights()
        scaled_bias = bias / self.temperature + np.asarray(self.bias)
        last.set_weights([kernel / self.temperature, scaled_bias])


def fit_scaling(
    validation: Evaluation, *, bias: bool = False, targets: np.ndarray | None = None
) -> Scaling:
    """Return the scaling with the lowest cross-entropy on *validation*.

    Args:
        validation: softmax scores and labels; of a record those of :func:`without_zeros`.
        targets: float ``(n, num_classes)``, what the scores should be, such as shares of votes; the
            sum of a row is the weight of its image (see :mod:`.viewers`). None: the labels.
        bias: also fit one bias per class ("bias-corrected temperature scaling": Alexandari,
            Kundaje & Shrikumar, "Maximum likelihood with bias-corrected calibration is
            hard-to-beat at label shift adaptation", ICML 2020). The bias of a class without images
            stays 0.

    Raises:
        ValueError: the targets have another shape than the scores.
    """
    logits = _logits(validation)
    num_classes = len(validation.class_names)
    if targets is None:
        targets = np.eye(num_classes)[validation.y_true]
    if targets.shape != logits.shape:
        raise ValueError(
            f"Expected targets of shape {logits.shape}, one row per image. "
            f"Received: {targets.shape}."
        )
    weights = targets.sum(axis=1, keepdims=True)
    bias_is_fitted = targets.any(axis=0) & bias

    def loss_and_gradient(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        scaled = logits * np.exp(-parameters[0])
        scores = _softmax(scaled + parameters[1:])
        loss = -(targets * np.log(np.maximum(scores, 1e-300))).sum() / weights.sum()
        error = (scores * weights - targets) / weights.sum()
        temperature_gradient = -(error * scaled).sum()
        bias_gradient = np.where(bias_is_fitted, error.sum(axis=0), 0)
        return float(loss), np.append(temperature_gradient, bias_gradient)

    # The first parameter is the logarithm of the temperature, the others are the biases.
    bounds = [(np.log(0.1), np.log(10))] + [(-10, 10)] * num_classes
    start = np.zeros(1 + num_classes)
    found = minimize(loss_and_gradient, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    return Scaling(float(np.exp(found[0])), tuple(found[1:].tolist()))


def without_zeros(evaluation: Evaluation) -> Evaluation:
    """Return recorded scores for :func:`fit_scaling`, with :data:`RECORDED_ZERO` in place of 0.

    A score of 0 has no logarithm, and a very small one in its place decides the temperature alone.
    Of the network 01_sequential_cnn/40-epochs-1, 65 of 3,589 validation labels have a recorded 0.
    Its unrounded scores give a temperature of 2.14, these 2.04, and 1e-12 in place of 0 gives 3.33.

    Args:
        evaluation: of a single-label task, with the scores of a record.

    Example:
        >>> recorded = Evaluation(np.array([0]), np.array([[0.0, 1.0]]), ("happy", "sad"))
        >>> without_zeros(recorded).y_score.tolist()
        [[5e-05, 1.0]]
    """
    return replace(evaluation, y_score=np.maximum(evaluation.y_score, RECORDED_ZERO))


def _logits(evaluation: Evaluation) -> np.ndarray:
    """Return logits, up to a constant per image."""
    return np.log(np.maximum(evaluation.y_score.astype(np.float64), 1e-12))


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def abstention_threshold(validation: Evaluation, risk: float = RISK) -> float:
    """Return the lowest confidence threshold that keeps the risk on *validation*.

    Args:
        validation: calibrated scores.
        risk: highest share of wrong answers among those given, such as 0.2.

    Returns:
        A threshold of the highest probability; 1.0 if even the most confident answers are wrong
        more often.

    Raises:
        ValueError: the risk is not between 0 and 1.
    """
    if not 0 < risk < 1:
        raise ValueError(f"Expected a risk between 0 and 1. Received: {risk}.")
    thresholds, _, risks = validation.risk_coverage()
    # The last place at which the risk is kept: the start of the curve rests on few images and
    # jumps.
    kept = np.flatnonzero(risks <= risk)
    return float(thresholds[kept[-1]]) if len(kept) else 1.0


def reliability_bins(validation: Evaluation, bins: int = BINS) -> list[dict[str, float | int]]:
    """Return the share of correct images per bin of confidence, from 0 to 1 without gaps.

    The bins hold equally many images. Of the 3,589 validation images of FER-2013, ten bins of
    equal width hold from 0 to 951; 359 per bin give each share an interval of at most +-5.2 %.

    Args:
        validation: calibrated scores of a single-label task.
        bins: number of bins; there are fewer if many images have the same confidence.

    Returns:
        One dictionary per bin, by ascending confidence: "low", "high" (exclusive but for 1.0),
        "n" and "share". Edges have four decimals, as confidences in answers.

    Example:
        >>> scores = np.array([[0.6, 0.4], [0.7, 0.3], [0.2, 0.8], [0.1, 0.9]])
        >>> for part in reliability_bins(Evaluation(np.array([1, 0, 1, 1]), scores, ("a", "b")), 2):
        ...     print(part)
        {'low': 0.0, 'high': 0.75, 'n': 2, 'share': 0.5}
        {'low': 0.75, 'high': 1.0, 'n': 2, 'share': 1.0}
    """
    confidence = validation.y_score.max(axis=1).astype(np.float64)
    inner = np.quantile(confidence, np.arange(1, bins) / bins).round(4)
    edges = np.unique([0.0, *inner, 1.0])
    index = np.minimum(np.searchsorted(edges, confidence, side="right") - 1, len(edges) - 2)
    table: list[dict[str, float | int]] = []
    for number, (low, high) in enumerate(itertools.pairwise(edges.tolist())):
        correct = validation.correct[index == number]
        if len(correct):
            table.append(
                {"low": low, "high": high, "n": len(correct), "share": float(correct.mean())}
            )
    return table


def selective(evaluation: Evaluation, threshold: float) -> dict[str, float]:
    """Return coverage and risk of a model that answers from a confidence threshold on.

    Args:
        evaluation: calibrated scores.
        threshold: lowest confidence with which an image is answered.

    Returns:
        "coverage", the share of images answered, and "risk", the share of these answers that are
        wrong (0 if there are none).
    """
    answered = evaluation.y_score.max(axis=1) >= threshold
    wrong = ~evaluation.correct[answered]
    risk = float(wrong.mean()) if len(wrong) else 0.0
    return {"coverage": float(answered.mean()), "risk": risk}
