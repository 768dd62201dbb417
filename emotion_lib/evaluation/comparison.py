"""Two models on the same images, pair by pair."""

from dataclasses import dataclass

import numpy as np

from .metrics import Evaluation


@dataclass(frozen=True)
class Comparison:
    """How two models differ on the same images; positive: the first is better.

    Attributes:
        difference: of the accuracies.
        interval: 95 % interval of the difference (bootstrap of the images, both models on the same draw).
        only_first, only_second: images that only the one, only the other gets right.
        p_value: of McNemar's exact test that both are right equally often (McNemar, 1947).
    """

    difference: float
    interval: tuple[float, float]
    only_first: int
    only_second: int
    p_value: float


def compare(
    first: Evaluation, second: Evaluation, *, draws: int = 10_000, seed: int = 0
) -> Comparison:
    """Compare two models on the same images, pair by pair: far sharper than two intervals side by side.

    Raises:
        ValueError: the two were not evaluated on the same images in the same order.
    """
    from scipy.stats import binomtest

    if (
        first.n != second.n
        or not np.array_equal(first.y_true, second.y_true)
        or first.class_names != second.class_names
    ):
        raise ValueError(
            f"Expected two evaluations of the same images and classes. Received: {first.n} and {second.n} images"
            f"{'' if first.n != second.n else ', with other labels'}."
        )
    right = first.correct, second.correct
    only_first, only_second = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    p_value = (
        binomtest(only_first, only_first + only_second).pvalue if only_first + only_second else 1.0
    )
    # Of the draw only the numbers of both kinds of disagreement matter: a multinomial instead of n indices a draw.
    counts = [only_first, only_second, first.n - only_first - only_second]
    drawn = np.random.default_rng(seed).multinomial(first.n, np.array(counts) / first.n, size=draws)
    low, high = np.quantile((drawn[:, 0] - drawn[:, 1]) / first.n, [0.025, 0.975])
    difference = (only_first - only_second) / first.n
    return Comparison(
        difference, (float(low), float(high)), only_first, only_second, float(p_value)
    )
