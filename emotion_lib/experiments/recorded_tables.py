"""Tracked tables of results as text: one cell, or the table in Markdown.

A table is named by its run and its own name, such as "23_robustness/summary" (see
:func:`emotion_lib.artifacts.save_table`).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import artifacts
from . import markdown

if TYPE_CHECKING:
    import pandas as pd

_DIGITS = 3


def value(
    name: str,
    row: str | float,
    column: str,
    digits: int | None = None,
    form: str = "",
) -> str:
    """Return a cell of a tracked table: "0.658", "3,589" or a text as it is.

    Args:
        name: of the table, such as "23_robustness/summary".
        row: its name, in the first column.
        column: its name.
        digits: behind the point, of a number that is no integer; None: 3, or 1 of a form.
        form: "percent" or "points" for a share that is written as "65.8 %" or, as a difference, as
            "+1.2".
    """
    frame = _table(name)
    if column not in frame.columns:
        raise ValueError(f"Expected a column of {list(frame.columns)}. Received: {column!r}.")
    if list(frame.index).count(row) != 1:
        raise ValueError(
            f"Expected the name of one row among {list(frame.index)}. Received: {row!r}."
        )
    return cell_text(frame.loc[row, column], digits, form)


def table(
    name: str,
    columns: Sequence[str] | None = None,
    digits: int | Mapping[str, int] = _DIGITS,
    rows: Sequence[str | float] | None = None,
) -> str:
    """Return a tracked table in Markdown, on lines of its own.

    Args:
        name: of the table, such as "23_robustness/summary".
        columns: those to show, in this order; None: all.
        digits: behind the point, of numbers that are no integers; a mapping gives them by column.
        rows: names of those to show, in this order; None: all.
    """
    frame = _table(name)
    try:
        frame = frame if columns is None else frame[list(columns)]
        frame = frame if rows is None else frame.loc[list(rows)]
    except KeyError as error:
        raise ValueError(
            f"Expected columns of {list(frame.columns)} and rows of {list(frame.index)}. "
            f"Received: {error}."
        ) from error
    by_column = digits if isinstance(digits, Mapping) else dict.fromkeys(frame.columns, digits)
    lines = []
    for position, row in enumerate(frame.index):
        cells = [_plain(cell_text(row))]
        for column in frame.columns:
            cell = frame[column].iloc[position]
            cells.append(_plain(cell_text(cell, by_column.get(column, _DIGITS))))
        lines.append(cells)
    header = [_plain(str(column)) for column in (frame.index.name or "", *frame.columns)]
    return f"\n{markdown.table(header, lines)}\n"


def cell_text(cell: Any, digits: int | None = None, form: str = "") -> str:
    """Return one value as text; an empty cell is a dash.

    Example:
        >>> cell_text(3589), cell_text(0.65812), cell_text(0.012, form="points")
        ('3,589', '0.658', '+1.2')
        >>> cell_text(1.7e-6), cell_text(0.0)
        ('< 0.001', '0.000')
    """
    import pandas as pd

    if form not in ("", "percent", "points"):
        raise ValueError(f'Expected form="percent" or "points". Received: {form!r}.')
    if isinstance(cell, str):
        return cell
    if pd.isna(cell):
        return "–"
    if pd.api.types.is_bool(cell):
        return "yes" if cell else "no"
    if form == "percent":
        return f"{100 * cell:.{1 if digits is None else digits}f} %"
    if form == "points":
        return f"{100 * cell:+.{1 if digits is None else digits}f}"
    if pd.api.types.is_integer(cell):
        return f"{cell:,}"
    return _rounded(float(cell), _DIGITS if digits is None else digits)


def _rounded(number: float, digits: int) -> str:
    """Return a number with digits behind the point; one that rounds to zero is not called zero."""
    least = 10.0**-digits
    if number and round(number, digits) == 0:
        return f"< {least:.{digits}f}" if number > 0 else f"> -{least:.{digits}f}"
    return f"{number:,.{digits}f}"


def _table(name: str) -> "pd.DataFrame":
    run_name, _, table_name = name.rpartition("/")
    if not run_name:
        raise ValueError(f'Expected a table such as "23_robustness/summary". Received: {name!r}.')
    return artifacts.load_table(run_name, table_name)


def _plain(text: str) -> str:
    """Return the text of a cell of a table in Markdown."""
    return text.replace("|", "\\|").replace("_", "\\_").replace("\n", " ")
