"""Files of scores: the labels of a split, and a model's scores on it."""

from pathlib import Path

import numpy as np

from .protocols import EvaluationLike


def save_scores(file: Path, evaluation: EvaluationLike) -> None:
    """Save labels and scores as a compressed ``.npz``: ``y_true`` uint8 and ``y_score`` float16."""
    np.savez_compressed(
        file, y_true=evaluation.y_true.astype(np.uint8), y_score=rounded_scores(evaluation)
    )


def rounded_scores(evaluation: EvaluationLike) -> np.ndarray:
    """Return scores as they are kept: float16 ``(n, num_classes)``.

    Scores of one class per image are rounded to 0.001, which halves their size once compressed.
    Rounding may make the two highest equal; the predicted class then stays 0.001 ahead.
    """
    if evaluation.multi_label:
        return evaluation.y_score.astype(np.float16)
    scores = np.round(evaluation.y_score, 3)
    highest = scores.max(axis=1, keepdims=True)
    (tied,) = np.nonzero((scores == highest).sum(axis=1) > 1)
    scores[tied, evaluation.y_pred[tied]] += 0.001
    return scores.astype(np.float16)
