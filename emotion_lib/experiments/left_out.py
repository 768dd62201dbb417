"""Notebooks that a series leaves out, and why: as asked, or for something that is missing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import data_needs, needs
from .notebooks import find, needs_of


def unwanted(used: Mapping[Path, Mapping[str, Any]], excepted: Sequence[str]) -> dict[Path, str]:
    """Return the notebooks that are not wanted, or lack packages or weights, and why.

    Args:
        used: the notebooks, each with the parameters that it runs with.
        excepted: beginnings of the names of notebooks to leave out.

    Raises:
        NotebookError: no name begins so.
    """
    reasons = {}
    for name in excepted:
        for path in find(name):
            if path in used:
                reasons[path] = f"as asked by --except {name}"
    for path, values in used.items():
        lacking = "" if path in reasons else needs.missing(needs_of(path), values)
        if lacking:
            reasons[path] = lacking
    return reasons


def without_data(
    used: Mapping[Path, Mapping[str, Any]], left_out: Mapping[Path, str]
) -> tuple[dict[Path, str], str]:
    """Return the notebooks that lack FER-2013 or FER+, and why; and how to get the data.

    The data is looked for, or downloaded, once for all notebooks.

    Args:
        used: the notebooks, each with the parameters that it runs with.
        left_out: notebooks that do not run anyway.
    """
    needed = {}
    for path, values in used.items():
        if path not in left_out:
            needed[path] = data_needs.needed(path, values)
    problems = {}
    for name in data_needs.TITLES:
        if any(name in names for names in needed.values()):
            problems[name] = data_needs.problem(name)
    reasons = {}
    for path, names in needed.items():
        lacking = [data_needs.TITLES[name] for name in names if problems[name]]
        if lacking:
            reasons[path] = f"needs {' and '.join(lacking)}"
    return reasons, "\n\n".join(filter(None, problems.values()))
