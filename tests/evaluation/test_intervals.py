import numpy as np
import pytest
from scipy.stats import ttest_1samp

from emotion_lib.evaluation import wilson_interval
from emotion_lib.evaluation.intervals import mean_interval


def test_interval_worked_out_by_hand():
    # n = 100, p = 0.5: centre 0.5, half width 1.96 / (1 + 3.84/100) * sqrt(0.0025 + 3.84/40000)
    low, high = wilson_interval(50, 100)
    assert low == pytest.approx(0.4038, abs=1e-4)
    assert high == pytest.approx(0.5962, abs=1e-4)


def test_interval_stays_within_0_and_1():
    assert wilson_interval(0, 10)[0] == 0
    assert wilson_interval(10, 10)[1] == pytest.approx(1)


def test_no_trials_say_nothing():
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_the_interval_of_a_mean_is_that_of_scipy():
    values = np.random.default_rng(0).normal(0.3, 0.2, 25)
    assert mean_interval(values) == pytest.approx(ttest_1samp(values, 0).confidence_interval(0.95))
    assert mean_interval(np.ones(5)) == (1, 1)
