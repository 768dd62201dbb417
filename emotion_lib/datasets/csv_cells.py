"""The cells of a table that a user has written by hand or with a spreadsheet."""

import csv
from pathlib import Path

from .dataset import DataError


def read_cells(
    file: Path, how_to_get: str, delimiters: str = ","
) -> tuple[list[str], list[list[str]]]:
    """Return the header of a CSV and its rows, all as long as the header.

    Blanks around a cell and empty lines are left out; a byte-order mark is skipped.

    Args:
        file: in UTF-8.
        how_to_get: advice for messages: the expected layout.
        delimiters: the one that is most frequent in the first line separates the cells.

    Raises:
        DataError: the file is empty, no CSV in UTF-8, or has a line of another length.
        OSError: it cannot be read.
    """
    rows: list[list[str]] = []
    try:
        with open(file, newline="", encoding="utf-8-sig") as stream:
            first = stream.readline()
            stream.seek(0)
            delimiter = max(delimiters, key=first.count)
            lines = csv.reader(stream, delimiter=delimiter, skipinitialspace=True)
            for line in lines:
                cells = [cell.strip() for cell in line]
                if not any(cells):
                    continue
                rows.append(cells)
                if len(cells) != len(rows[0]):
                    raise DataError(
                        f"Expected {len(rows[0])} cells in each line of {file}, as in the first. "
                        f"Received: {len(cells)} in line {lines.line_num}. "
                        "Put quotes around a cell that holds commas."
                    )
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(
            f"Expected a CSV (UTF-8) at {file}. Received: {error}.\n{how_to_get}"
        ) from error
    if not rows:
        raise DataError(f"Expected a CSV at {file}. Received: an empty file.\n{how_to_get}")
    return rows[0], rows[1:]
