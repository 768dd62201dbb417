"""Text on the terminal: progress messages and tables."""

import sys


def say(text: str) -> None:
    """Print a message on standard error, so that standard output holds results alone."""
    print(text, file=sys.stderr, flush=True)


def text_table(rows: list[dict[str, str]]) -> str:
    """Return rows as text in aligned columns, without the columns that are empty in every row.

    Args:
        rows: one dictionary per row, column name -> cell, all with the same keys; at least one.

    Example:
        >>> print(text_table([{"run": "a", "n": "10"}, {"run": "bcd", "n": "2"}]))
        run  n
        a    10
        bcd  2
    """
    columns = [name for name in rows[0] if any(row[name] for row in rows)]
    lines = [columns]
    for row in rows:
        lines.append([row[name] for name in columns])
    widths = []
    for column in zip(*lines, strict=True):
        widths.append(max(len(cell) for cell in column))
    padded = []
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        padded.append("  ".join(cells).rstrip())
    return "\n".join(padded)
