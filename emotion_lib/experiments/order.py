"""Order of a series: which notebooks read the runs of others, and which start first."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import artifacts
from .notebooks import NotebookError, notebook_of

_COMPARISONS = "90"  # notebooks from this number on read the runs of all others
_NAME_RUNS = ("MEMBER_RUNS", "PERCEIVED_RUNS", "RUNS")  # parameters that name runs, or patterns


def compares_all(path: Path) -> bool:
    """Return whether a notebook reads the runs of all others."""
    return path.name >= _COMPARISONS


def reads(path: Path, used: Mapping[str, Any], other: Path) -> bool:
    """Return whether a notebook reads the runs of another one.

    Args:
        path: the notebook.
        used: the parameters that it runs with.
        other: the notebook whose runs it may read.
    """
    if compares_all(path):
        return not compares_all(other)
    return path != other and other in [notebook_or_none(name) for name in runs_named(used)]


def runs_named(used: Mapping[str, Any]) -> list[str]:
    """Return the names of the runs that a notebook reads, and patterns of names.

    Args:
        used: the parameters that it runs with.

    Example:
        >>> runs_named({"MEMBER_RUNS": ["14_ensemble/member-*"], "EPOCHS": 3})
        ['14_ensemble/member-*']
    """
    names: list[str] = []
    for parameter in _NAME_RUNS:
        names += used.get(parameter) or []
    return names


def starting_order(
    used: Mapping[Path, Mapping[str, Any]], expected: Mapping[Path, float | None]
) -> list[Path]:
    """Return notebooks in the order in which they start.

    Those that take longest, with the longest of those that wait for them, come first. Those that
    read the runs of all others come last. A notebook that has not run on this device counts as
    its recorded trainings took on other devices, which is longer, as a rule.

    Args:
        used: the parameters of each notebook.
        expected: minutes that each is expected to take; None: unknown.
    """
    minutes = dict.fromkeys(used, 0.0)
    for run in artifacts.runs():
        path = notebook_or_none(run.name)
        if path in minutes:
            minutes[path] += run.record.training.seconds / 60
    for path in used:
        if expected[path] is not None:
            minutes[path] = expected[path]

    def key(path: Path) -> tuple[bool, float]:
        longest = 0.0
        for other in used:
            if not compares_all(other) and reads(other, used[other], path):
                longest = max(longest, minutes[other])
        return compares_all(path), -(minutes[path] + longest)

    return sorted(used, key=key)


def notebook_or_none(run: str) -> Path | None:
    """Return the notebook that a run comes from, or None if there is none."""
    try:
        return notebook_of(run)
    except NotebookError:
        return None
