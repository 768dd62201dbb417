"""Comparison of two methods that were each trained with several seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student_t

from .comparison import check_same_images
from .evaluation import Evaluation


@dataclass(frozen=True)
class SeedsComparison:
    """Difference of two methods over their seeds; a positive value favours the first.

    Attributes:
        difference: mean accuracy of the first method minus that of the second.
        interval: 95 % interval of the difference, over images and trainings.
        p_value: of the two-sided test that both methods are equally accurate.
        seeds: number of trainings of the first and of the second.
    """

    difference: float
    interval: tuple[float, float]
    p_value: float
    seeds: tuple[int, int]


def compare_seeds(first: Sequence[Evaluation], second: Sequence[Evaluation]) -> SeedsComparison:
    """Compare two methods by trainings with several seeds, all evaluated on the same images.

    One training says little about a method: another seed gives another network. Two independent
    kinds of chance are added here. The images are a sample; as both methods see the same ones, the
    variance is that of the paired differences, averaged over the seeds. The trainings are a sample
    too; the variance is that of each method's accuracies over its seeds. Degrees of freedom follow
    Satterthwaite ("An approximate distribution of estimates of variance components", 1946). With
    three seeds the interval is wide where trainings differ, as it should be.

    Args:
        first, second: evaluations of each method's trainings, at least two of each.

    Raises:
        ValueError: fewer than two trainings, or other images.

    Example:
        >>> labels = np.zeros(200, int)
        >>> good = Evaluation(labels, np.tile([0.9, 0.1], (200, 1)), ("happy", "sad"))
        >>> bad = Evaluation(labels, np.tile([0.1, 0.9], (200, 1)), ("happy", "sad"))
        >>> compare_seeds([good, good], [bad, bad]).difference
        1.0
    """
    for evaluations in (first, second):
        if len(evaluations) < 2:
            raise ValueError(
                "Expected at least two trainings of each method. "
                f"Received: {len(first)} and {len(second)}."
            )
    for evaluation in (*first[1:], *second):
        check_same_images(first[0], evaluation)
    on_first = _correct(first)
    on_second = _correct(second)
    of_images = on_first.mean(axis=0) - on_second.mean(axis=0)
    variances = np.array(
        [
            of_images.var(ddof=1) / of_images.size,
            on_first.mean(axis=1).var(ddof=1) / len(first),
            on_second.mean(axis=1).var(ddof=1) / len(second),
        ]
    )
    degrees = np.array([of_images.size - 1, len(first) - 1, len(second) - 1])
    difference = float(of_images.mean())
    interval, p_value = student_interval(difference, variances, degrees)
    return SeedsComparison(difference, interval, p_value, (len(first), len(second)))


def student_interval(
    difference: float, variances: np.ndarray, degrees: np.ndarray
) -> tuple[tuple[float, float], float]:
    """Return the 95 % interval of a difference, and the p-value of the test that it is zero.

    With two variances this is Welch's t-test.

    Args:
        difference: of two means.
        variances: of independent parts of its error: float ``(parts,)``.
        degrees: degrees of freedom of each variance: int ``(parts,)``.
    """
    total = variances.sum()
    if total == 0:
        return (difference, difference), float(difference == 0)
    error = float(np.sqrt(total))
    freedom = total**2 / (variances**2 / degrees).sum()
    half = float(student_t.ppf(0.975, freedom)) * error
    p_value = 2 * student_t.sf(abs(difference) / error, freedom)
    return (difference - half, difference + half), float(p_value)


def _correct(evaluations: Sequence[Evaluation]) -> np.ndarray:
    """Return 1 where a training is right and 0 where it is wrong: float64 ``(seeds, images)``."""
    return np.array([evaluation.correct for evaluation in evaluations], dtype="float64")
