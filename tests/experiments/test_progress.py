"""Progress in words."""

import pytest

from emotion_lib.experiments.progress import Result, left_text


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (Result("done", 2.5), "done in 2:30"),
        (Result("FAILED", 2.5, "cell [3]: KeyError"), "FAILED after 2:30: cell [3]: KeyError"),
        (Result("left out", reason="needs FER-2013"), "left out: needs FER-2013"),
        (Result("unchanged"), "unchanged"),
    ],
)
def test_the_end_of_a_notebook(result, text):
    assert str(result) == text


@pytest.mark.parametrize(
    ("minutes", "jobs", "text"),
    [
        ([], 1, ""),
        ([None, None], 1, "time left unknown"),
        ([0.0], 1, "at most 1 min left"),
        ([60, 30, 30], 2, "at most 1 h 0 min left"),
        ([60, None, 30], 1, "1 h 30 min left, beside 1 of unknown time"),
    ],
)
def test_the_time_left(minutes, jobs, text):
    assert left_text(minutes, jobs, at_most=True) == text
