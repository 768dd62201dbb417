"""The table of a multi-label data set, in either of its forms."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ....files.listing import PICTURE_SUFFIXES
from ...csv_cells import read_cells
from ...dataset import DataError
from .cells import labels_of_cells
from .files import HOW_TO_GET, find_picture

IMAGE_COLUMNS = ("image", "filename", "file", "path", "image_name", "image_id", "name", "id")
YES_NO = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False}
_SHOWN = 5  # names in a message


@dataclass(frozen=True)
class Table:
    """Pictures and their labels.

    Attributes:
        names: of the pictures, as the table writes them.
        class_names: of the labels.
        targets: bool ``(len(names), len(class_names))``.
        notes: sentences on entries that may have been meant differently.
    """

    names: list[str]
    class_names: tuple[str, ...]
    targets: np.ndarray
    notes: tuple[str, ...] = ()


def read_table(
    file: Path, *, labels: Sequence[str] | None = None, delimiter: str | None = None
) -> Table:
    """Read a table of either form.

    Args:
        file: the CSV, in UTF-8.
        labels: the labels to use, in order; None: all.
        delimiter: separates the labels in one column; None: the first of ``| ; ,`` that occurs.

    Raises:
        DataError: see :func:`emotion_lib.datasets.sources.multilabel_csv.load`.
    """
    header, rows = _with_header(file, *read_cells(file, HOW_TO_GET))
    image_column = 0
    for index, name in enumerate(header):
        if name.lower() in IMAGE_COLUMNS:
            image_column = index
            break
    names = [row[image_column] for row in rows]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f"Expected each picture once in {file}. Received several rows of {twice[:3]}. "
            "Merge their labels."
        )
    columns = {}  # name -> cells, without the column of the pictures
    for index, name in enumerate(header):
        if index != image_column:
            columns[name] = [row[index] for row in rows]
    known, targets, notes = _targets(columns, delimiter, file, header[image_column])
    wanted = list(labels) if labels is not None else known
    unknown = [label for label in wanted if label not in known]
    if unknown or not wanted:
        message = f"Expected labels among {known} of {file}. Received: {unknown or 'none'}."
        raise DataError("\n".join([message, *notes]))
    chosen = [known.index(label) for label in wanted]
    return Table(names, tuple(wanted), targets[:, chosen], notes)


def _targets(
    columns: dict[str, list[str]], delimiter: str | None, file: Path, image_column: str
) -> tuple[list[str], np.ndarray, tuple[str, ...]]:
    """Return the names of all labels, bool ``(n, num_labels)``, and notes."""
    other = []
    for name, cells in columns.items():
        if not all(cell.lower() in YES_NO for cell in cells):
            other.append(name)
    if columns and not other:
        marks = [[YES_NO[cell.lower()] for cell in cells] for cells in columns.values()]
        return list(columns), np.array(marks, bool).T, ()
    if len(columns) != 1:
        raise DataError(
            f"Expected columns of 0 and 1, or one column of labels, beside {image_column!r} in "
            f"{file}. Received: {len(columns)} columns, of which {other[:_SHOWN]} hold something "
            f"else.\n{HOW_TO_GET}"
        )
    (cells,) = columns.values()
    sets, certain = labels_of_cells(cells, delimiter, file)
    known = sorted(set().union(*sets))
    targets = np.zeros((len(sets), len(known)), bool)
    for row, chosen in enumerate(sets):
        targets[row] = [label in chosen for label in known]
    compound = [label for label in known if re.search(r"[|;,\s]", label)]
    if not compound or certain:
        return known, targets, ()
    note = (
        "names with a blank or separator, taken as one label each (else pass delimiter=): "
        f"{compound[:_SHOWN]}"
    )
    return known, targets, (note,)


def _with_header(
    file: Path, header: list[str], rows: list[list[str]]
) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table whose first line may be a row that names a picture.

    With two columns the other one then holds the labels. The meaning of more columns of 0 and 1
    cannot be known without a header.
    """
    picture = _picture_column(file, header)
    if picture is not None:
        if len(header) != 2 or header[1 - picture].lower() in YES_NO:
            raise DataError(
                f"Expected a header in the first line of {file}, such as image,labels. Received: "
                f"a line that names the picture {header[picture]}. Add a header.\n{HOW_TO_GET}"
            )
        rows = [header, *rows]
        header = ["image", "labels"] if picture == 0 else ["labels", "image"]
    unclear = [name for name, count in Counter(header).items() if count > 1 or not name]
    if unclear:
        raise DataError(
            f"Expected a different name for each column of {file}. Received: {unclear} without "
            "a name or several times. Rename or remove these columns."
        )
    return header, rows


def _picture_column(file: Path, header: list[str]) -> int | None:
    """Return the column of the first line that names a picture, or None if it is a header."""
    for index, cell in enumerate(header):
        if Path(cell).suffix.lower() in PICTURE_SUFFIXES:
            return index
    is_header = any(cell.lower() in IMAGE_COLUMNS for cell in header)
    if not is_header and header[0] and find_picture(file.parent, header[0]):
        return 0  # a name without its suffix
    return None
