"""Tests of emotion_lib.cli.amounts."""

import pytest
import typer

from emotion_lib.cli.amounts import parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("7", 7), ("200MB", 200_000_000), ("1.5 GB", 1_500_000_000), ("100MP", 100_000_000)],
)
def test_sizes(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("1.5min", 90), ("1h", 3600)])
def test_durations(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "many", "1.2.3", "0", "-1", "nan", "1TB", "5 days"])
def test_what_is_no_amount_is_refused(text):
    for parse in (parse_size, parse_duration):
        with pytest.raises(typer.BadParameter, match="Expected a"):
            parse(text)
