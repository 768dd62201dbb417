"""A table of the user's own that says which groups each picture belongs to."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from ..files import printable
from .csv_cells import read_cells
from .dataset import DataError

HOW_TO_WRITE = """Expected layout: a CSV in UTF-8 whose first line names the columns: one column
`file`, with paths below the folder of pictures or file names (or `row`, with numbers from 0, for a
data set without files), and any other columns of groups, such as place or camera."""
KEYS = ("file", "row")
_SHOWN = 3  # names in a message; the rest is counted


def read_groups(
    file: Path, names: Sequence[str] | None, n: int
) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """Return the groups of each picture from a CSV.

    Args:
        file: a CSV with a column ``file`` or ``row``; commas, semicolons or tabs separate its
            cells. The name of a file is enough where only one picture has it.
        names: path of each picture below its folder, in order, with slashes; None: the pictures
            have no files.
        n: number of pictures.

    Returns:
        Name of the column -> group of each picture, "" where the table says nothing; and notes on
        rows without a picture and pictures without a row.

    Raises:
        DataError: there is no such table, or not in this form; a picture has several rows; or no
            row is that of a picture.
    """
    if not file.is_file():
        raise DataError(f"Expected a CSV of groups at {file}. Received: no such file.")
    header, rows = read_cells(file, HOW_TO_WRITE, ",;\t")
    key = _key_column(file, header)
    places = _places(file, header[key].lower(), names, n)
    place_of_row = [places.get(_normal(row[key])) for row in rows]
    _check_rows(file, [row[key] for row in rows], place_of_row, names)
    columns = {}
    for index, column in enumerate(header):
        if index == key:
            continue
        groups = [""] * n
        for row, place in zip(rows, place_of_row, strict=True):
            if place is not None:
                groups[place] = row[index]
        columns[column] = groups
    unknown = [row[key] for row, place in zip(rows, place_of_row, strict=True) if place is None]
    return columns, _notes(file, unknown, n - len(rows) + len(unknown))


def _key_column(file: Path, header: list[str]) -> int:
    """Return the index of the column that names the pictures."""
    found = [index for index, name in enumerate(header) if name.lower() in KEYS]
    unclear = [name for name, count in Counter(header).items() if count > 1 or not name]
    if len(found) != 1 or len(header) < 2 or unclear:
        raise DataError(
            f"Expected one column `file` or `row` in {file}, and other columns of different "
            f"names. Received: {header}.\n{HOW_TO_WRITE}"
        )
    return found[0]


def _places(file: Path, key: str, names: Sequence[str] | None, n: int) -> dict[str, int | None]:
    """Return the index of the picture that each text stands for; None if several have it."""
    if key == "row":
        return {str(index): index for index in range(n)}
    if names is None:
        raise DataError(
            f"Expected a column `row` in {file}, as the pictures of this data set have no files. "
            f"Received: a column `file`. Number the {n} pictures from 0."
        )
    of_name = Counter(PurePosixPath(name).name for name in names)
    places: dict[str, int | None] = {}
    for index, name in enumerate(names):
        own = PurePosixPath(name).name
        if own not in places and name != own:
            places[own] = index if of_name[own] == 1 else None
        places[name] = index
    return places


def _normal(text: str) -> str:
    """Return a path as it is written on this system: a spreadsheet may be from Windows."""
    return str(PurePosixPath(text.replace("\\", "/"))) if text else ""


def _check_rows(
    file: Path,
    texts: list[str],
    places: list[int | None],
    names: Sequence[str] | None,
) -> None:
    """Check that each row is that of one picture, and each picture has one row."""
    found = Counter(place for place in places if place is not None)
    if not found:
        advice = "" if not names else f" The first picture is {printable(names[0])}."
        raise DataError(
            f"Expected a row in {file} for each picture. Received: {len(texts)} rows, none of a "
            f"picture that was evaluated, such as {texts[:_SHOWN]}.{advice}\n{HOW_TO_WRITE}"
        )
    several = [place for place, count in found.items() if count > 1]
    if several:
        twice = [text for text, place in zip(texts, places, strict=True) if place in several]
        raise DataError(
            f"Expected each picture once in {file}. Received: {len(several)} pictures several "
            f"times: {twice[:_SHOWN]}. Leave one row of each."
        )
    if names is not None:
        own_names = Counter(PurePosixPath(name).name for name in names)
        unclear = [text for text in texts if own_names[text] > 1 and text not in names]
        if unclear:
            raise DataError(
                f"Expected paths in {file} where several pictures have the same name. Received: "
                f"{unclear[:_SHOWN]}. Write them with their folder, such as happy/{unclear[0]}."
            )


def _notes(file: Path, unknown: list[str], without: int) -> tuple[str, ...]:
    notes = []
    if unknown:
        listed = ", ".join(unknown[:_SHOWN])
        notes.append(
            f"{len(unknown)} rows of {file} are of no picture that was evaluated: {listed}"
        )
    if without:
        notes.append(f'{without} pictures have no row in {file}: they are in the group "unknown"')
    return tuple(printable(note) for note in notes)
