"""Amounts on the command line: sizes and durations with their units."""

import re

import typer

_FACTORS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_SECONDS = {"": 1.0, "s": 1.0, "min": 60.0, "h": 3600.0}


def parse_size(text: str) -> int:
    """Return the number that a size stands for, such as 200MB, 1.5 GB, 100M or 100MP (megapixels).

    Raises:
        typer.BadParameter: it is no size, or not above 0.

    Example:
        >>> parse_size("200MB")
        200000000
    """
    found = re.fullmatch(r"([\d.]+)\s*([kmg]?)(?:b|p|px)?", str(text).strip().lower())
    return int(_number(found, text, "a size, such as 200MB") * _FACTORS[found[2]])


def parse_duration(text: str) -> float:
    """Return the seconds that a duration stands for, such as 90, 90s, 10min or 1h.

    Raises:
        typer.BadParameter: it is no duration, or not above 0.

    Example:
        >>> parse_duration("10min")
        600.0
    """
    found = re.fullmatch(r"([\d.]+)\s*(s|min|h|)", str(text).strip().lower())
    return _number(found, text, "a duration, such as 10min") * _SECONDS[found[2]]


def _number(found: re.Match | None, text: str, expected: str) -> float:
    """Return the number of a match."""
    try:
        value = float(found[1]) if found else 0.0
    except ValueError:  # two points
        value = 0.0
    if not value > 0:
        raise typer.BadParameter(f"Expected {expected}, above 0. Received: {text}.")
    return value
