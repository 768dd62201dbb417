"""Decision thresholds of a multi-label task, fitted on validation scores."""

import numpy as np

from .evaluation import Evaluation


def fit_thresholds(validation: Evaluation) -> np.ndarray:
    """Return for each label the threshold with the highest F1 on *validation*.

    Args:
        validation: evaluation of a multi-label task.

    Returns:
        float ``(num_classes,)``; 0.5 for a label that validation does not contain.
    """
    thresholds = np.full(len(validation.class_names), 0.5)
    for index in range(len(thresholds)):
        truth = validation.y_true[:, index].astype(bool)
        if truth.any():
            thresholds[index] = _best_threshold(truth, validation.y_score[:, index])
    return thresholds


def _best_threshold(truth: np.ndarray, score: np.ndarray) -> float:
    """Return the middle between the lowest score to accept and the next one below it.

    Args:
        truth: whether each image has the label, bool ``(n,)``.
        score: its scores, float ``(n,)``.
    """
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    hits = np.cumsum(truth[order])
    accepted = np.arange(1, len(score) + 1)
    f1 = 2 * hits / (accepted + truth.sum())
    # No threshold separates equal scores: only the last of a run of equal scores can be a cut.
    separable = np.append(ranked[1:] < ranked[:-1], True)
    best = int(np.where(separable, f1, -1).argmax())
    below = ranked[best + 1] if best + 1 < len(ranked) else 0.0
    return float((ranked[best] + below) / 2)
