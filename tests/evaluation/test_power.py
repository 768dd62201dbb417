import numpy as np
import pytest
from scipy.stats import binomtest, norm

from emotion_lib.evaluation import detectable_difference, detectable_unpaired, paired_power


def test_power_worked_by_hand():
    # All six images are discordant. The test rejects if one model has all of them: 2 / 2**6 = 0.03;
    # five of six are too few, 14 / 2**6 = 0.22. A model with three in four of them has all with
    # 0.75**6, none with 0.25**6.
    assert paired_power(0.5, 1.0, 6) == pytest.approx(0.75**6 + 0.25**6)
    assert paired_power(1.0, 1.0, 6) == pytest.approx(1)
    assert paired_power(0.0, 1.0, 6) == pytest.approx(2 / 64)
    # With five images, even all of them are too few: 2 / 2**5 = 0.06.
    assert paired_power(1.0, 1.0, 5) == 0


def test_power_is_the_share_of_simulated_samples_that_show_the_difference():
    generator = np.random.default_rng(0)
    shares = [(0.2 + 0.05) / 2, (0.2 - 0.05) / 2, 0.8]
    shown = 0
    for first, second, _ in generator.multinomial(400, shares, size=1000):
        shown += binomtest(int(first), int(first + second)).pvalue < 0.05
    assert paired_power(0.05, 0.2, 400) == pytest.approx(shown / 1000, abs=0.04)


@pytest.mark.parametrize("discordant", [0.05, 0.1, 0.2, 0.3])
def test_the_detectable_difference_is_near_the_normal_approximation(discordant):
    difference = detectable_difference(3589, discordant)
    assert paired_power(difference, discordant, 3589) == pytest.approx(0.8, abs=1e-3)
    # Connor (1987), without the steps of the exact test:
    # n = (z_alpha sqrt(s) + z_beta sqrt(s - d**2))**2 / d**2.
    deviations = norm.ppf(0.975) * discordant**0.5
    deviations += norm.ppf(0.8) * (discordant - difference**2) ** 0.5
    assert (deviations / difference) ** 2 == pytest.approx(3589, rel=0.05)


def test_more_images_and_fewer_disagreements_show_smaller_differences():
    assert detectable_difference(3589, 0.1) < detectable_difference(3589, 0.2)
    assert detectable_difference(10_000, 0.2) < detectable_difference(3589, 0.2)
    assert detectable_difference(3589, 0.2, power=0.5) < detectable_difference(3589, 0.2)


def test_different_images_worked_by_hand():
    # (1.960 + 0.842) * sqrt(2 * 0.7 * 0.3 / 3589) = 2.802 * 0.01082
    assert detectable_unpaired(3589, 0.7) == pytest.approx(0.0303, abs=1e-4)


def test_impossible_shares_are_errors():
    with pytest.raises(ValueError, match="Expected 0 <= difference"):
        paired_power(0.2, 0.1, 100)
    with pytest.raises(ValueError, match="show no difference"):
        detectable_difference(5, 0.5)
