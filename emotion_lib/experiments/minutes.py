"""Minutes that notebooks took, and how long the next run is expected to take."""

import csv
import heapq
import time
from collections.abc import Iterable
from pathlib import Path

from ..files import atomic_file

COLUMNS = ("notebook", "status", "minutes", "device", "backend", "reason", "parameters", "date")
_KEY = ("notebook", "device", "backend", "parameters")


class MinutesTable:
    """CSV file with the last run of each notebook, per device, backend and set of parameters.

    If that run failed or was stopped, the last one that was done keeps its row too. The minutes of
    runs that were stopped are added to those of the run that resumes them.

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
            status: "done", "FAILED", "stopped" or "left out".
            minutes: wall time.
            device: name of the GPU or processor that it ran on.
            backend: name of Keras's backend.
            parameters: the changed parameters, as text.
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
        """Return the minutes of the last run that was done in these circumstances.

        Args:
            notebook: its name without suffix.
            device: name of the GPU or processor.
            backend: name of Keras's backend.
            parameters: the changed parameters, as text.

        Returns:
            Minutes; None if there is no such run.
        """
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
    """Return how many minutes notebooks take together.

    Args:
        minutes: that each takes, in the order in which they start.
        jobs: notebooks at a time.

    Example:
        >>> time_left([10, 4, 4, 4], jobs=2)
        12.0
    """
    ends = [0.0] * jobs
    for value in minutes:
        heapq.heapreplace(ends, ends[0] + value)
    return max(ends)


def clock(minutes: float) -> str:
    """Return minutes as minutes and seconds, or as hours, minutes and seconds.

    Example:
        >>> clock(2.171), clock(62.5)
        ('2:10', '1:02:30')
    """
    seconds = int(minutes * 60)
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def rounded(minutes: float) -> str:
    """Return whole minutes as text; at least one.

    Example:
        >>> rounded(8.6), rounded(125)
        ('9 min', '2 h 5 min')
    """
    whole = max(1, round(minutes))
    return f"{whole // 60} h {whole % 60} min" if whole >= 60 else f"{whole} min"


def _key(row: dict) -> tuple:
    return tuple(row.get(column, "") for column in _KEY)


def _number(text: str | None) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
