import itertools

import numpy as np
import pytest

from emotion_lib.video.clock import MAX_PAUSE, Clock, frame_interval


def times(positions, interval=0.04):
    """Return the times of frames with these timestamps, and the number of jumps."""
    clock = Clock(interval)
    found = [clock.time(a, b) for a, b in itertools.pairwise([*positions, None])]
    assert all(a < b for a, b in itertools.pairwise(found))
    return found, clock.jumps


@pytest.mark.parametrize(
    ("positions", "expected", "jumps"),
    [
        ([0, 0.04, 0.08], [0, 0.04, 0.08], 0),
        ([0.08, 0.12, 0.16], [0, 0.04, 0.08], 0),  # from the first frame
        ([0, 0.04, 5.0, 5.04], [0, 0.04, 5.0, 5.04], 0),  # a pause
        ([0, 0.04, 0.12, 0.08, 0.16], [0, 0.04, 0.12, 0.124, 0.16], 0),  # the wrong order
        ([0, 0, 0.08, 0.08, 0.16], [0, 0.04, 0.08, 0.084, 0.16], 0),  # the same twice
        ([0.04, 0.08, 0, 0], [0, 0.04, 0.08, 0.12], 0),  # none at the end, as of B-frames in AVI
        ([0, 0, 0, 0], [0, 0.04, 0.08, 0.12], 0),  # none at all
        ([0, float("nan"), float("inf"), 0.12], [0, 0.04, 0.08, 0.12], 0),
        ([0, 0.04, 400.0, 0.12, 0.16], [0, 0.04, 0.08, 0.12, 0.16], 0),  # a wrong one
        ([50, 50.04, 1.0, 50.12, 50.16], [0, 0.04, 0.08, 0.12, 0.16], 0),
        ([50, 50.04, 50.08, 2.0, 2.04], [0, 0.04, 0.08, 0.12, 0.16], 1),  # two recordings
        ([0, 0.04, 1e9, 1e9 + 0.04], [0, 0.04, 0.08, 0.12], 1),
        ([0, 0.04, -1e9, -1e9 + 0.04], [0, 0.04, 0.08, 0.12], 1),
    ],
)
def test_timestamps_decide_within_bounds(positions, expected, jumps):
    found, jumped = times(positions)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert jumped == jumps


def test_a_clock_that_stands_still():
    found, jumps = times([1.0] * 100)
    assert found[-1] == pytest.approx(0.04 * 90, rel=0.05)
    assert jumps == 0


def test_a_time_lapse_keeps_its_pauses():
    found, jumps = times([0, 3600, 7200, 10800], interval=3600)
    assert found == [0, 3600, 7200, 10800]
    assert jumps == 0
    assert MAX_PAUSE < 3600


@pytest.mark.parametrize(
    ("rate", "milliseconds", "interval"),
    [
        (1000, [0, 1, 52, 72, 118, 146, 184, 234], 0.038),  # of a browser: the rate of its clock
        (25, [0, 40, 80, 120], 0.04),
        (24, [0, 42, 83, 125, 167], 1 / 24),  # more exact than milliseconds
        (11.1, [0, 40, 80, 5080, 5120], 0.04),  # an average
        (0.0208, [0, 240000, 60000, 180000, 120000], 60),  # in the order of decoding
        (30, [0, 0, 0], 1 / 30),
        (90000, [0], 0.04),
        (float("nan"), [], 0.04),
    ],
)
def test_interval_between_frames(rate, milliseconds, interval):
    timestamps = [each / 1000 for each in milliseconds]
    assert frame_interval(timestamps, rate) == pytest.approx(interval)
