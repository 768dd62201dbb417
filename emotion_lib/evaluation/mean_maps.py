"""Mean heat map of each class: does a network look at other places for other classes?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

# Random halves of each class, over which the correlations are averaged.
_SPLITS = 50


def mean_maps(maps: np.ndarray, labels: np.ndarray, num_classes: int) -> np.ndarray:
    """Return the mean map of each class.

    Args:
        maps: float ``(n, rows, columns)``.
        labels: int ``(n,)``.
        num_classes: number of classes.

    Returns:
        float ``(num_classes, rows, columns)``; NaN for a class without a map.
    """
    means = np.full((num_classes, *maps.shape[1:]), np.nan)
    for label in np.unique(labels):
        means[label] = maps[labels == label].mean(axis=0)
    return means


def map_correlations(
    maps: np.ndarray, labels: np.ndarray, class_names: Sequence[str], seed: int = 0
) -> pd.DataFrame:
    """Return how much the mean maps of any two classes are alike, and those of a class with itself.

    The images of each class are split at random into two halves. Pearson's correlation is that of
    one class's mean map over its first half with another's over its second half, averaged over 50
    splits. The diagonal, two halves of one class, says how much chance alone makes them differ:
    only values clearly below it show another map.

    Args:
        maps: float ``(n, rows, columns)``.
        labels: int ``(n,)``.
        class_names: what the labels index. Classes with fewer than four maps are left out.
        seed: of the splits.

    Returns:
        A symmetric table, a row and a column per class.
    """
    counts = np.bincount(labels, minlength=len(class_names))
    present = np.flatnonzero(counts >= 4)
    draws = np.random.default_rng(seed)
    total = np.zeros((len(present), len(present)))
    for _ in range(_SPLITS):
        first = []
        second = []
        for label in present:
            order = draws.permutation(np.flatnonzero(labels == label))
            first.append(maps[order[::2]].mean(axis=0).ravel())
            second.append(maps[order[1::2]].mean(axis=0).ravel())
        both = np.corrcoef(np.stack(first), np.stack(second))
        between = both[: len(present), len(present) :]
        total += (between + between.T) / 2
    names = [class_names[label] for label in present.tolist()]
    return pd.DataFrame(total / _SPLITS, index=names, columns=names)
