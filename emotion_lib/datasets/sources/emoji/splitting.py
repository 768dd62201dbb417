"""Splits of emoji by code point: all vendors' images of one emoji are in the same split."""

import numpy as np

from ...dataset import Split
from .faces import CLASS_NAMES, Emoji


def split_by_code_point(
    emoji: Emoji, val_share: float, test_share: float, seed: int
) -> tuple[Split, Split, Split]:
    """Return training, validation and test split.

    Args:
        emoji: images to split.
        val_share, test_share: shares of each class's code points; at least one code point each.
        seed: random seed of the draw.
    """
    rng = np.random.default_rng(seed)
    val = []
    test = []
    for label in range(len(CLASS_NAMES)):
        code_points = rng.permutation(np.unique(emoji.code_points[emoji.labels == label]))
        n_val = max(1, round(val_share * len(code_points)))
        n_test = max(1, round(test_share * len(code_points)))
        val += code_points[:n_val].tolist()
        test += code_points[n_val : n_val + n_test].tolist()
    in_val = np.isin(emoji.code_points, val)
    in_test = np.isin(emoji.code_points, test)
    return emoji.split(~in_val & ~in_test), emoji.split(in_val), emoji.split(in_test)


def folds(
    emoji: Emoji, k: int = 5, seed: int = 0
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return folds for cross-validation by code point, stratified by class.

    Args:
        emoji: images to split.
        k: number of folds, at least 3.
        seed: random seed of the partition.

    Returns:
        ``k`` times the bool masks ``(n,)`` of training, validation and test. Every code point is in
        test once, and in validation in the fold before.
    """
    if k < 3:
        raise ValueError(
            f"Expected at least 3 folds, for testing, choosing and training. Received: {k}."
        )
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(k, shuffle=True, random_state=seed)
    tests = []
    for _, test in splitter.split(emoji.images, emoji.labels, emoji.code_points):
        tests.append(np.isin(np.arange(len(emoji)), test))
    found = []
    for index, test in enumerate(tests):
        val = tests[(index + 1) % k]
        found.append((~(test | val), val, test))
    return found
