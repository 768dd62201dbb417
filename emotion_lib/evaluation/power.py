"""Power: the difference of two accuracies that a number of images can show."""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, norm

from .pairs import LEVEL

# A difference is called detectable if four of five samples of images would show it.
POWER = 0.8


def paired_power(difference: float, discordant: float, n: int) -> float:
    """Return the probability that McNemar's exact test shows a difference at the level of 5 %.

    The number of images on which exactly one model is right is binomial, and so is the number of
    those on which it is the first; the power is the sum over both (Connor, "Sample size for testing
    differences in proportions for the paired-sample design", Biometrics 43, 1987, has the normal
    approximation of the same sum).

    Args:
        difference: of the two accuracies, between 0 and *discordant*.
        discordant: share of the images on which exactly one of the two models is right.
        n: number of images.

    Raises:
        ValueError: the difference is larger than the discordant share, or this is no share.

    Example:
        >>> print(f"{paired_power(0.014, 0.1, 3589):.2f}")
        0.74
    """
    if not 0 <= difference <= discordant <= 1 or discordant == 0:
        raise ValueError(
            "Expected 0 <= difference <= discordant <= 1, as one model is right on the images of "
            f"the difference and the other is not. Received: {difference} and {discordant}."
        )
    # Beyond these numbers of discordant images there is less than 1e-12 of the distribution.
    low, high = binom.ppf([1e-12, 1 - 1e-12], n, discordant)
    images = np.arange(max(low, 1), high + 1)
    # The test rejects up to this number of images that only the worse model has right, and from
    # its mirror image on.
    critical = binom.ppf(LEVEL / 2, images, 0.5)
    critical -= 2 * binom.cdf(critical, images, 0.5) >= LEVEL
    share = (1 + difference / discordant) / 2
    rejected = binom.cdf(critical, images, 1 - share) + binom.cdf(critical, images, share)
    return float((binom.pmf(images, n, discordant) * rejected).sum())


def detectable_difference(n: int, discordant: float, power: float = POWER) -> float:
    """Return the smallest difference of two models on the same images that a test shows reliably.

    Args:
        n: number of images.
        discordant: share of the images on which exactly one of the two models is right.
        power: probability with which the test shows the difference at the level of 5 %.

    Raises:
        ValueError: no difference is large enough, as there are too few discordant images.

    Example:
        >>> print(f"{detectable_difference(3589, 0.1):.4f}")
        0.0150
    """
    if paired_power(discordant, discordant, n) < power:
        raise ValueError(
            f"Expected enough images on which two models disagree. Received: {discordant:.1%} of "
            f"{n:,}, which show no difference with a power of {power:.0%}."
        )

    def lacking(difference: float) -> float:
        return paired_power(difference, discordant, n) - power

    return float(brentq(lacking, 0, discordant, xtol=1e-6))


def detectable_unpaired(n: int, accuracy: float, power: float = POWER) -> float:
    """Return the smallest detectable difference of two models on *different* images.

    It is that of the two-sided test of two proportions at the level of 5 %, by the normal
    approximation with the same variance for both (Fleiss, Levin & Paik, "Statistical methods for
    rates and proportions", 2003, chapter 4).

    Args:
        n: number of images of each model.
        accuracy: about which the two accuracies lie.
        power: probability with which the test shows the difference.

    Example:
        >>> print(f"{detectable_unpaired(3589, 0.7):.3f}")
        0.030
    """
    deviations = norm.ppf(1 - LEVEL / 2) + norm.ppf(power)
    return float(deviations * np.sqrt(2 * accuracy * (1 - accuracy) / n))
