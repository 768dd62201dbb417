"""Targets from the votes of FER+: three as its paper defines them, and one of seven classes."""

from typing import Literal

import numpy as np

from ....labels import EIGHT_EXPRESSIONS, FERPLUS_CSV, SEVEN_EXPRESSIONS

Targets = Literal["majority", "multi_label", "distribution", "perceived"]
MULTI_LABEL_SHARE = 0.3  # share of an image's votes from which on a class is one of its labels


def to_targets(votes: np.ndarray, targets: Targets) -> tuple[np.ndarray, np.ndarray]:
    """Return the targets of images, and which of them are valid.

    A single vote for something counts as a mistake and is dropped, as in the paper.

    Args:
        votes: int ``(n, 10)``, columns as in :data:`emotion_lib.labels.FERPLUS_CSV`.
        targets: "majority": int64 labels ``(n,)``, valid where one expression has more than half of
            the votes (3,153 test images, the published protocol); "multi_label": bool ``(n, 8)``,
            every expression with at least 30 % of the votes; "distribution": float32 ``(n, 8)``,
            their shares. Of the last two, images that are mostly "unknown" or "not a face" are
            invalid. "perceived": float32 ``(n, 7)``, the shares of the seven expressions without
            the votes for anything else; valid where one of them has a vote.

    Returns:
        The targets and a bool array ``(n,)``.
    """
    kept = np.where(votes > 1, votes, 0).astype(np.float32)
    if targets == "perceived":
        of_seven = kept[:, [FERPLUS_CSV.index(name) for name in SEVEN_EXPRESSIONS]]
        number = of_seven.sum(axis=1)
        return of_seven / np.maximum(number[:, None], 1), number > 0
    total = np.maximum(kept.sum(axis=1), 1)
    columns = [FERPLUS_CSV.index(name) for name in EIGHT_EXPRESSIONS]
    expressions = kept[:, columns]
    others = np.delete(kept, columns, axis=1)
    if targets == "majority":
        return expressions.argmax(axis=1), expressions.max(axis=1) > total / 2
    of_expressions = expressions.sum(axis=1)
    valid = (of_expressions > total / 2) & (expressions.max(axis=1) >= others.max(axis=1))
    if targets == "multi_label":
        labels = expressions >= MULTI_LABEL_SHARE * total[:, None]
        return labels, valid & labels.any(axis=1)
    return expressions / np.maximum(of_expressions[:, None], 1), valid


def most_frequent(shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the class with the largest share, and in which images it is the only one.

    Args:
        shares: ``(n, num_classes)``.

    Returns:
        int64 labels ``(n,)`` and a bool array ``(n,)``, False where two classes are equally
        frequent or nobody voted.

    Example:
        >>> most_frequent(np.array([[0.2, 0.8], [0.5, 0.5]]))[1].tolist()
        [True, False]
    """
    largest = shares.max(axis=1, keepdims=True)
    return shares.argmax(axis=1), (shares == largest).sum(axis=1) == 1
