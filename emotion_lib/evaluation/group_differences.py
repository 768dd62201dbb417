"""Differences between groups of pictures: intervals, tests, and both at equal classes."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from scipy.stats import fisher_exact

from .evaluation import Evaluation

Estimate = tuple[float, float, float]  # value, low and high of its 95 % interval
DRAWS = 9_999  # of a permutation test


def standardised(evaluation: Evaluation, shares: np.ndarray) -> Estimate:
    """Return the accuracy that a group would have with these shares of the classes.

    This is direct standardisation, as of death rates by age: the mean of the recalls, weighted by
    the shares. The interval is put together from Wilson's intervals of the recalls (Zou & Donner,
    "Construction of confidence limits about effect measures", 2008); with a single class it is
    Wilson's.

    Args:
        evaluation: of the pictures of one group.
        shares: of the classes, float ``(num_classes,)``, of sum 1.

    Returns:
        Accuracy, low and high; NaN if the group has no picture of a class with a share.

    Example:
        >>> labels = np.array([0] * 9 + [1])
        >>> result = Evaluation(labels, np.tile([0.9, 0.1], (10, 1)), ("happy", "sad"))
        >>> result.accuracy, standardised(result, np.array([0.5, 0.5]))[0]
        (0.9, 0.5)
    """
    counted = np.flatnonzero(shares > 0)
    if not len(counted) or (evaluation.support[counted] == 0).any():
        return (math.nan, math.nan, math.nan)
    weights = shares[counted]
    values = np.array(list(evaluation.recall.values()))[counted]
    limits = np.array(list(evaluation.recall_interval.values()))[counted]
    value = float(weights @ values)
    below = float(np.linalg.norm(weights * (values - limits[:, 0])))
    above = float(np.linalg.norm(weights * (limits[:, 1] - values)))
    return (value, value - below, value + above)


def difference(first: Estimate, second: Estimate) -> Estimate:
    """Return the difference of two independent estimates with its 95 % interval.

    For two accuracies with Wilson's intervals this is the "score" interval of Newcombe ("Interval
    estimation for the difference between independent proportions", 1998, method 10).

    Example:
        Newcombe's example, 56 of 70 and 48 of 80:

        >>> from .intervals import wilson_interval
        >>> first = (56 / 70, *wilson_interval(56, 70))
        >>> second = (48 / 80, *wilson_interval(48, 80))
        >>> [round(value, 4) for value in difference(first, second)]
        [0.2, 0.0524, 0.3339]
    """
    value = first[0] - second[0]
    below = math.hypot(first[0] - first[1], second[2] - second[0])
    above = math.hypot(first[2] - first[0], second[0] - second[1])
    return (value, value - below, value + above)


def permutation_p_value(
    hits: np.ndarray, n: np.ndarray, shares: np.ndarray, seed: int = 0
) -> float:
    """Return the p-value of the test that all groups are equally accurate within each class.

    If they are, the right answers of a class are spread over the groups' pictures of this class by
    chance. The statistic compares the standardised accuracies of the groups with the one of all
    pictures; with one class it is Pearson's chi-square. Its distribution is drawn, as the
    chi-square distribution is wrong for small groups.

    Args:
        hits: right answers, int ``(groups, classes)``.
        n: pictures, int ``(groups, classes)``; a class without pictures in some group is left out.
        shares: of the classes, at which the accuracies are standardised.
        seed: random seed of the draws.
    """
    counted = np.flatnonzero((shares > 0) & (n > 0).all(axis=0))
    hits = hits[:, counted]
    n = n[:, counted]
    right = hits.sum(axis=0)
    rate = right / n.sum(axis=0)
    weights = shares[counted] / n
    variance = (weights**2 * n) @ (rate * (1 - rate))
    if not variance.any():
        return 1.0
    rng = np.random.default_rng(seed)
    drawn = np.zeros((DRAWS, len(n)))
    for index in range(len(counted)):
        of_class = rng.multivariate_hypergeometric(n[:, index], right[index], size=DRAWS)
        drawn += of_class * weights[:, index]
    expected = (shares[counted] * rate).sum()
    observed = ((weights * hits).sum(axis=1) - expected) ** 2 @ (1 / variance)
    chance = (drawn - expected) ** 2 @ (1 / variance)
    at_least = int((chance >= observed * (1 - 1e-9)).sum())
    return (1 + at_least) / (1 + DRAWS)


def group_pairs(
    column: str, groups: Mapping[str, Evaluation], shares: np.ndarray, seed: int = 0
) -> list[dict]:
    """Compare every two groups of a column.

    Args:
        column: its name.
        groups: evaluation of each group's pictures, by name.
        shares: of the classes, at which the accuracies are standardised.
        seed: random seed of the tests.

    Returns:
        One row per pair, the more accurate group first: column, first, second, difference of the
        accuracies with low and high, p_value of Fisher's exact test; standardised_difference with
        its interval, and p_within_classes of :func:`permutation_p_value`. The p-values are not
        adjusted.
    """
    rows = []
    for names in combinations(groups, 2):
        first, second = sorted(names, key=lambda name: -groups[name].accuracy)
        parts = [groups[first], groups[second]]
        plain = difference(*[(part.accuracy, *part.accuracy_interval) for part in parts])
        equal = difference(*[standardised(part, shares) for part in parts])
        right = [int(part.correct.sum()) for part in parts]
        wrong = [part.n - hits for part, hits in zip(parts, right, strict=True)]
        row: dict[str, str | float] = {"column": column, "first": first, "second": second}
        row |= dict(zip(("difference", "low", "high"), plain, strict=True))
        row["p_value"] = float(fisher_exact([right, wrong]).pvalue)
        names_equal = ("standardised_difference", "standardised_low", "standardised_high")
        row |= dict(zip(names_equal, equal, strict=True))
        row["p_within_classes"] = _within_classes(parts, shares, seed)
        rows.append(row)
    return rows


def group_tests(
    column: str, groups: Mapping[str, Evaluation], shares: np.ndarray, seed: int = 0
) -> list[dict]:
    """Test whether any group of a column differs from the others.

    Args:
        column, groups, shares, seed: see :func:`group_pairs`.

    Returns:
        One row, or none for fewer than two groups: column, groups (their number), n, p_value that
        all are equally accurate, and p_within_classes that they are so within each class.
    """
    if len(groups) < 2:
        return []
    parts = list(groups.values())
    hits = np.array([[part.correct.sum()] for part in parts])
    n = np.array([[part.n] for part in parts])
    row = {"column": column, "groups": len(parts), "n": int(n.sum())}
    row["p_value"] = permutation_p_value(hits, n, np.ones(1), seed)
    row["p_within_classes"] = _within_classes(parts, shares, seed)
    return [row]


def _within_classes(parts: Sequence[Evaluation], shares: np.ndarray, seed: int) -> float:
    hits = np.array([part.hits for part in parts])
    n = np.array([part.support for part in parts])
    return permutation_p_value(hits, n, shares, seed)
