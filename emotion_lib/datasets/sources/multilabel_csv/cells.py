"""Cells that hold several labels: separated by a character, or written as a list."""

import ast
import re
from pathlib import Path

from ...dataset import DataError

DELIMITERS = ("|", ";", ",")
# A list, tuple or set. Parentheses alone may belong to a name, so these must hold quotes.
_LIST = re.compile(r"\[.*\]|[({]\s*['\"].*[)}]", re.DOTALL)
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")


def labels_of_cells(
    cells: list[str], delimiter: str | None, file: Path
) -> tuple[list[set[str]], bool]:
    """Return the labels of each cell.

    Args:
        cells: the column.
        delimiter: separates the labels; None: the first of :data:`DELIMITERS` that occurs.
        file: the table, for messages.

    Returns:
        The labels, and whether the cells or the caller make it certain where a label ends.

    Raises:
        DataError: a list is not well-formed.
    """
    filled = [cell for cell in cells if cell]
    if filled and all(_LIST.fullmatch(cell) for cell in filled):
        cells = [cell[1:-1].strip() for cell in cells]
        quoted = all(_QUOTED.match(cell) for cell in cells if cell)
        if delimiter is None and quoted:
            return [_quoted_labels(cell, file) for cell in cells], True
    certain = delimiter is not None
    delimiter = delimiter or _first_delimiter(cells)
    labels = []
    for cell in cells:
        parts = {part.strip() for part in cell.split(delimiter)}
        labels.append(parts - {""})
    return labels, certain


def _first_delimiter(cells: list[str]) -> str:
    for delimiter in DELIMITERS:
        if any(delimiter in cell for cell in cells):
            return delimiter
    return DELIMITERS[0]


def _quoted_labels(cell: str, file: Path) -> set[str]:
    """Return the strings of a list in the notation of Python, JSON or NumPy (without commas)."""
    between = _QUOTED.sub("", cell).replace(",", "").strip()
    if between:
        raise DataError(
            f"Expected lists such as ['boat', 'bus'] in {file}. Received: {between!r} in [{cell}]."
        )
    labels = {ast.literal_eval(text).strip() for text in _QUOTED.findall(cell)}
    return labels - {""}
