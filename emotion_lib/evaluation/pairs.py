"""All pairs of several models, compared on the same images."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import binom, false_discovery_control

from .comparison import bootstrapped_difference, check_same_images
from .evaluation import Evaluation

# A difference with a p-value below it is called real.
LEVEL = 0.05


def paired_tests(evaluations: Mapping[str, Evaluation]) -> pd.DataFrame:
    """Test every two models on the same images, and adjust the p-values for the number of pairs.

    Of a hundred pairs of equal models, five have p < 0.05 by chance. The adjustment keeps the
    expected share of such pairs, among those that are called different, below the level (Benjamini
    & Hochberg, "Controlling the false discovery rate", 1995). All pairs are counted by one product
    of matrices: 79 runs on 3,589 images take well below a second.

    Args:
        evaluations: by name, of the same images in the same order.

    Returns:
        One row per pair: first, second, difference (accuracy of the first minus that of the
        second), only_first and only_second (images that only one of them has right), p_value of
        McNemar's exact test, and p_adjusted.

    Raises:
        ValueError: two were not evaluated on the same images.

    Example:
        >>> paired_tests({"a": first, "b": second})  # doctest: +SKIP
          first second  difference  only_first  only_second  p_value  p_adjusted
        0     a      b       0.011         120           80    0.006       0.006
    """
    names = list(evaluations)
    for name in names[1:]:
        check_same_images(evaluations[names[0]], evaluations[name])
    first, second = np.triu_indices(len(names), k=1)
    # Whole numbers of images, which float64 holds exactly, and multiplies faster than integers.
    correct = np.array([evaluations[name].correct for name in names], dtype=float)
    counts = (correct @ (1 - correct).T).astype(int) if names else np.zeros((0, 0), int)
    only_first = counts[first, second]
    only_second = counts[second, first]
    fewer = np.minimum(only_first, only_second)
    p_values = np.minimum(1, 2 * binom.cdf(fewer, only_first + only_second, 0.5))
    n = evaluations[names[0]].n if names else 1
    columns = {
        "first": [names[index] for index in first],
        "second": [names[index] for index in second],
        "difference": (only_first - only_second) / n,
        "only_first": only_first,
        "only_second": only_second,
        "p_value": p_values,
        "p_adjusted": false_discovery_control(p_values) if len(p_values) else p_values,
    }
    return pd.DataFrame(columns)


def compare_all(
    evaluations: Mapping[str, Evaluation], *, draws: int = 10_000, seed: int = 0
) -> pd.DataFrame:
    """Compare every two models: :func:`paired_tests` with the interval of each difference.

    Args:
        evaluations: by name, of the same images in the same order.
        draws: number of bootstrap samples of each interval.
        seed: random seed of the bootstrap.

    Returns:
        The columns of :func:`paired_tests`, and low and high, the 95 % interval of the difference.

    Raises:
        ValueError: two were not evaluated on the same images.

    Example:
        >>> pairs = compare_all({"a": first, "b": second, "c": third})  # doctest: +SKIP
        >>> pairs["p_adjusted"].lt(0.05).sum()  # doctest: +SKIP
        2
    """
    table = paired_tests(evaluations)
    limits = []
    for only_first, only_second in zip(table["only_first"], table["only_second"], strict=True):
        n = next(iter(evaluations.values())).n
        limits.append(bootstrapped_difference(only_first, only_second, n, draws, seed))
    low, high = np.reshape(limits, (-1, 2)).T
    return table.assign(low=low, high=high)


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
