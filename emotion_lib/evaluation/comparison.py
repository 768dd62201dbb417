"""Paired comparison of two models on the same images."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from .evaluation import Evaluation


@dataclass(frozen=True)
class Comparison:
    """Difference of two models on the same images; a positive value favours the first.

    Attributes:
        difference: accuracy of the first minus accuracy of the second.
        interval: 95 % interval of the difference, by a paired bootstrap over the images.
        only_first: number of images that only the first model classifies correctly.
        only_second: number of images that only the second model classifies correctly.
        p_value: of McNemar's exact test that both models are equally accurate (McNemar, "Note on
            the sampling error of the difference between correlated proportions", 1947).

    Example:
        >>> comparison = compare(first, second)  # doctest: +SKIP
        >>> comparison.difference, comparison.p_value  # doctest: +SKIP
        (0.041, 1e-08)
    """

    difference: float
    interval: tuple[float, float]
    only_first: int
    only_second: int
    p_value: float


def compare(
    first: Evaluation, second: Evaluation, *, draws: int = 10_000, seed: int = 0
) -> Comparison:
    """Compare two models on the same images, image by image.

    A paired test is much more sensitive than a look at two intervals side by side, because the
    images that are easy or hard for both models cancel out.

    Args:
        first: evaluation of one model.
        second: evaluation of another model on the same images, in the same order.
        draws: number of bootstrap samples.
        seed: random seed of the bootstrap.

    Raises:
        ValueError: the two were not evaluated on the same images in the same order.

    Example:
        >>> labels = np.zeros(10, int)
        >>> good = Evaluation(labels, np.tile([0.9, 0.1], (10, 1)), ("happy", "sad"))
        >>> bad = Evaluation(labels, np.tile([0.1, 0.9], (10, 1)), ("happy", "sad"))
        >>> compare(good, bad).difference
        1.0
    """
    check_same_images(first, second)
    n = first.n
    only_first = int((first.correct & ~second.correct).sum())
    only_second = int((second.correct & ~first.correct).sum())
    disagreements = only_first + only_second
    p_value = float(binomtest(only_first, disagreements).pvalue) if disagreements else 1.0
    interval = bootstrapped_difference(only_first, only_second, n, draws, seed)
    difference = (only_first - only_second) / n
    return Comparison(difference, interval, only_first, only_second, p_value)


def bootstrapped_difference(
    only_first: int, only_second: int, n: int, draws: int, seed: int
) -> tuple[float, float]:
    """Return the 95 % interval of the difference of two accuracies, by a paired bootstrap.

    Only the numbers of both kinds of disagreement matter: one multinomial draw replaces a resample
    of n indices.

    Args:
        only_first, only_second: number of images that only one model classifies correctly.
        n: number of images.
        draws: number of bootstrap samples.
        seed: random seed of the bootstrap.
    """
    counts = np.array([only_first, only_second, n - only_first - only_second])
    samples = np.random.default_rng(seed).multinomial(n, counts / n, size=draws)
    low, high = np.quantile((samples[:, 0] - samples[:, 1]) / n, [0.025, 0.975])
    return float(low), float(high)


def check_same_images(first: Evaluation, second: Evaluation) -> None:
    """Raise ValueError unless two evaluations have the same labels and classes, in order."""
    same_labels = np.array_equal(first.y_true, second.y_true)
    if same_labels and first.class_names == second.class_names:
        return
    other_labels = ", with different labels" if first.n == second.n else ""
    raise ValueError(
        "Expected two evaluations of the same images and classes. "
        f"Received: {first.n} and {second.n} images{other_labels}."
    )
