"""Minutes that notebooks took: a table of them, and how long the next run is expected to take."""

import csv
import heapq
import time
from collections.abc import Iterable
from pathlib import Path

from ..files import atomic_file

COLUMNS = ("notebook", "status", "minutes", "device", "backend", "reason", "parameters", "date")
_KEY = ("notebook", "device", "backend", "parameters")


class MinutesTable:
    """A CSV file with the last run of each notebook, on each device, with each backend and set of parameters.

    Where that run did not end well, the last one that did keeps its row too. The minutes of runs that were stopped count
    towards the run that resumes them.

    Args:
        file: need not exist yet.
    """

    def __init__(self, file: Path):
        self.file = file

    def add(
        self,
        notebook: str,
        status: str,
        minutes: float,
        *,
        device: str,
        backend: str,
        parameters: str = "",
        reason: str = "",
    ) -> None:
        """Add a run, and write the table whole.

        Args:
            notebook: its name without suffix.
            status: "done", or how else it ended.
            minutes: that it took.
            device: the name of the GPU or processor that it ran on.
            backend: Keras's.
            parameters: those that were changed.
            reason: why it is not done.

        Raises:
            OSError: the table cannot be written.
        """
        key = (notebook, device, backend, parameters)
        kept = []
        for row in self._rows():
            if _key(row) != key or (status != "done" and row.get("status") == "done"):
                kept.append(row)
            elif row.get("status") == "stopped" and status in ("done", "stopped"):
                minutes += _number(row.get("minutes")) or 0.0
        values = (
            notebook,
            status,
            f"{minutes:.2f}",
            device,
            backend,
            reason,
            parameters,
            time.strftime("%F %T"),
        )
        new = dict(zip(COLUMNS, values, strict=True))
        with (
            atomic_file(self.file) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.DictWriter(file, COLUMNS, restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows([*kept, new])

    def expected(
        self, notebook: str, *, device: str, backend: str, parameters: str = ""
    ) -> float | None:
        """Return the minutes of the last run that was done with all this the same; None if there is none."""
        wanted = (notebook, device, backend, parameters)
        found = None
        for row in self._rows():
            if row.get("status") == "done" and _key(row) == wanted:
                found = _number(row.get("minutes"))
        return found

    def _rows(self) -> list[dict]:
        try:
            text = self.file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        return list(csv.DictReader(text.splitlines()))


def time_left(minutes: Iterable[float], jobs: int) -> float:
    """Return how long notebooks take that begin in this order, ``jobs`` at a time.

    Example:
        >>> time_left([10, 4, 4, 4], jobs=2)
        12.0
    """
    ends = [0.0] * jobs
    for value in minutes:
        heapq.heapreplace(ends, ends[0] + value)
    return max(ends)


def clock(minutes: float) -> str:
    """Return minutes as minutes and seconds, from an hour on with hours.

    Example:
        >>> clock(2.171), clock(62.5)
        ('2:10', '1:02:30')
    """
    seconds = int(minutes * 60)
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def rounded(minutes: float) -> str:
    """Return minutes as one says them: "9 min", "2 h 5 min"; "1 min" is the least."""
    whole = max(1, round(minutes))
    return f"{whole // 60} h {whole % 60} min" if whole >= 60 else f"{whole} min"


def _key(row: dict) -> tuple:
    return tuple(row.get(column, "") for column in _KEY)


def _number(text: str | None) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
