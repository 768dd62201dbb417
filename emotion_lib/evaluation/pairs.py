"""All pairs of several models, compared on the same images."""

from collections.abc import Mapping
from itertools import combinations

import pandas as pd
from scipy.stats import false_discovery_control

from .comparison import compare
from .evaluation import Evaluation

# A difference with a p-value below it is called real.
LEVEL = 0.05
_COLUMNS = ("first", "second", "difference", "low", "high", "p_value")


def compare_all(
    evaluations: Mapping[str, Evaluation], *, draws: int = 10_000, seed: int = 0
) -> pd.DataFrame:
    """Compare every two models, and adjust the p-values for the number of pairs.

    Of a hundred pairs of equal models, five have p < 0.05 by chance. The adjustment keeps the
    expected share of such pairs, among those that are called different, below the level (Benjamini
    & Hochberg, "Controlling the false discovery rate", 1995).

    Args:
        evaluations: by name, of the same images in the same order.
        draws: number of bootstrap samples of each interval.
        seed: random seed of the bootstrap.

    Returns:
        One row per pair: first, second, difference (accuracy of the first minus that of the
        second), low and high of its 95 % interval, p_value of McNemar's exact test, and p_adjusted.

    Raises:
        ValueError: two were not evaluated on the same images.

    Example:
        >>> pairs = compare_all({"a": first, "b": second, "c": third})  # doctest: +SKIP
        >>> pairs["p_adjusted"].lt(0.05).sum()  # doctest: +SKIP
        2
    """
    rows = []
    for first, second in combinations(evaluations, 2):
        result = compare(evaluations[first], evaluations[second], draws=draws, seed=seed)
        rows.append((first, second, result.difference, *result.interval, result.p_value))
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    adjusted = false_discovery_control(table["p_value"]) if rows else []
    return table.assign(p_adjusted=adjusted)


def pairs_sentence(pairs: pd.DataFrame, images: int) -> str:
    """Return how many of the pairs differ, and by which test.

    Args:
        pairs: see :func:`compare_all`.
        images: number of images that the models were compared on.
    """
    names = {*pairs["first"], *pairs["second"]}
    before = int((pairs["p_value"] < LEVEL).sum())
    after = int((pairs["p_adjusted"] < LEVEL).sum())
    return (
        f"Every two of the {len(names):,} runs were compared on the same {images:,} test images by "
        f"McNemar's exact test. Of {len(pairs):,} pairs, {before:,} have p < {LEVEL}; {after:,} "
        "still have after the Benjamini-Hochberg adjustment for the number of pairs, and "
        f"{len(pairs) - after:,} cannot be told apart."
    )
