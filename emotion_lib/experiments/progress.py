"""Progress of a series in words: how a notebook ended, and how long the rest takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from .minutes import clock, rounded, time_left


@dataclass(frozen=True)
class Result:
    """End of a notebook.

    Attributes:
        status: "done", "unchanged", "FAILED", "stopped" or "left out".
        minutes: time that it ran.
        reason: why it is not done; empty if it is.
    """

    status: str
    minutes: float = 0.0
    reason: str = ""

    def __str__(self) -> str:
        text = self.status
        if self.status == "done":
            text += f" in {clock(self.minutes)}"
        elif self.status in ("FAILED", "stopped"):
            text += f" after {clock(self.minutes)}"
        return f"{text}: {self.reason}" if self.reason else text


def start_text(expected: float | None) -> str:
    """Return that a notebook starts, with the minutes that it is expected to take.

    Example:
        >>> start_text(8.6), start_text(None)
        ('starts, expected 9 min', 'starts')
    """
    return "starts" if expected is None else f"starts, expected {rounded(expected)}"


def left_text(minutes: Sequence[float | None], jobs: int, *, at_most: bool) -> str:
    """Return how long the rest of a series takes.

    Args:
        minutes: that the notebooks still take, in the order in which they start; None: unknown.
        jobs: notebooks at a time.
        at_most: whether some of them may have nothing to do.

    Returns:
        An empty text if nothing is left.

    Example:
        >>> left_text([30, 9, 4], 1, at_most=False), left_text([30, None], 1, at_most=False)
        ('about 43 min left', '30 min left, beside 1 of unknown time')
    """
    known = [value for value in minutes if value is not None]
    if not known:
        return "time left unknown" if minutes else ""
    text = rounded(time_left(known, jobs))
    if len(known) < len(minutes):
        return f"{text} left, beside {len(minutes) - len(known)} of unknown time"
    return f"{'at most' if at_most else 'about'} {text} left"
