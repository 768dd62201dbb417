"""Confidence interval of a proportion."""

from scipy.stats import binomtest


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """Return the 95 % score interval of a proportion (Wilson, 1927).

    Args:
        successes: number of successes, such as correctly classified images.
        n: number of trials; without any the interval is (0, 1).

    Example:
        >>> low, high = wilson_interval(50, 100)
        >>> print(f"{low:.3f} {high:.3f}")
        0.404 0.596
    """
    if n == 0:
        return (0.0, 1.0)
    interval = binomtest(successes, n).proportion_ci(confidence_level=0.95, method="wilson")
    return float(interval.low), float(interval.high)
