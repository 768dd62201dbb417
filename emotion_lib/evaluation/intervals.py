"""Confidence intervals of a proportion and of a mean."""

import numpy as np
from scipy.stats import binomtest
from scipy.stats import t as student_t


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


def mean_interval(values: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of the mean of a sample (Student, 1908).

    Args:
        values: float ``(n,)``, at least two.

    Example:
        >>> low, high = mean_interval(np.array([0.1, 0.2, 0.3]))
        >>> print(f"{low:.3f} {high:.3f}")
        -0.048 0.448
    """
    mean = float(np.mean(values))
    error = float(np.std(values, ddof=1)) / len(values) ** 0.5
    half = float(student_t.ppf(0.975, len(values) - 1)) * error
    return mean - half, mean + half
