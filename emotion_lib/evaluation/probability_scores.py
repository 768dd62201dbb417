"""Measures of how good probabilities are: adaptive calibration error, Brier score and log loss.

:attr:`Evaluation.calibration_error`, the expected calibration error over bins of equal width, is
the one that records keep. These follow from the same scores.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from .evaluation import Evaluation

# Lowest probability that a loss is computed of, so that one image cannot make it infinite. It is
# about the precision of float32, which scikit-learn takes for such scores.
FLOOR = 1e-7
# The same for scores of a record, which are rounded to 0.001: a 0 stands for up to this.
RECORDED_FLOOR = 5e-4
_BINS = 15


def adaptive_calibration_error(evaluation: Evaluation, bins: int = _BINS) -> float:
    """Return the expected calibration error over bins with equally many images.

    It is the mean distance between confidence (the highest probability) and accuracy, weighted by
    the images of each bin. Bins of equal width may hold nearly all images or none; these are called
    adaptive (Nguyen & O'Connor, "Posterior calibration and exploratory analysis for natural
    language processing models", EMNLP 2015).

    Args:
        evaluation: of a single-label task.
        bins: number of bins; there are fewer if many images have the same confidence, which stay
            together.

    Example:
        >>> scores = np.array([[0.6, 0.4], [0.7, 0.3], [0.2, 0.8], [0.1, 0.9]])
        >>> result = Evaluation(np.array([1, 0, 1, 1]), scores, ("a", "b"))
        >>> round(adaptive_calibration_error(result, bins=2), 3)
        0.15
    """
    confidence = evaluation.y_score.max(axis=1).astype(np.float64)
    inner = np.unique(np.quantile(confidence, np.arange(1, bins) / bins))
    bin_index = np.searchsorted(inner, confidence, side="right")
    error = 0.0
    for number in np.unique(bin_index):
        inside = bin_index == number
        distance = evaluation.correct[inside].mean() - confidence[inside].mean()
        error += float(inside.mean() * abs(distance))
    return error


def brier_score(evaluation: Evaluation) -> float:
    """Return the Brier score: the mean squared distance of the probabilities from the label.

    The squares are summed over the classes, as by G. W. Brier ("Verification of forecasts expressed
    in terms of probability", Monthly Weather Review 1950): 0 is perfect, 2 the worst, and equal
    probabilities of seven classes have 0.857.

    Args:
        evaluation: of a single-label task.
    """
    labels = np.eye(len(evaluation.class_names))[evaluation.y_true]
    return float(((evaluation.y_score - labels) ** 2).sum(axis=1).mean())


def log_loss(evaluation: Evaluation, floor: float = FLOOR) -> float:
    """Return the mean negative logarithm of the label's probability, the cross-entropy.

    Equal probabilities of seven classes have 1.946.

    Args:
        evaluation: of a single-label task.
        floor: probabilities below it count as this; :data:`RECORDED_FLOOR` for scores of a record.
            In notebook 01's recorded scores 17 of 3,589 labels have 0: with a floor of 1e-7 they
            alone would add 0.04.
    """
    of_label = evaluation.y_score[np.arange(evaluation.n), evaluation.y_true]
    return float(-np.log(np.maximum(of_label.astype(np.float64), floor)).mean())


def probability_table(evaluations: Mapping[str, Evaluation], floor: float = FLOOR) -> pd.DataFrame:
    """Return accuracy, both calibration errors, Brier score and log loss, one row per evaluation.

    Args:
        evaluations: of single-label tasks, by name.
        floor: see :func:`log_loss`.
    """
    rows = {}
    for name, evaluation in evaluations.items():
        rows[name] = {
            "n": evaluation.n,
            "accuracy": evaluation.accuracy,
            "ECE": evaluation.calibration_error,
            "adaptive ECE": adaptive_calibration_error(evaluation),
            "Brier": brier_score(evaluation),
            "log loss": log_loss(evaluation, floor),
        }
    return pd.DataFrame.from_dict(rows, orient="index")
