"""The files of a multi-label data set: its table, and the pictures that the table names."""

import os
from pathlib import Path

from ....files.listing import PICTURE_SUFFIXES
from ...dataset import DataError

HOW_TO_GET = """Expected layout: a folder of pictures and beside them one CSV, with a column `image`
of file names and either a column of 0 and 1 for each label or one column of labels such as
boat|bus."""


def find_table(root: Path, csv: str | os.PathLike | None) -> Path:
    """Return the table of a folder.

    Args:
        root: the folder of pictures.
        csv: path of the table, by itself or in the folder; None: the only CSV in the folder.

    Raises:
        DataError: there is no such folder or table, or there are several tables.
    """
    if not root.is_dir():
        raise DataError(
            f"Expected a folder of pictures at {root}. Received: no such folder.\n{HOW_TO_GET}"
        )
    if csv is not None:
        for file in (Path(csv).expanduser(), root / csv):
            if file.is_file():
                return file
        raise DataError(
            f"Expected the table {csv}, by itself or in {root}. "
            f"Received: no such file.\n{HOW_TO_GET}"
        )
    found = sorted(root.glob("*.csv"))
    if len(found) != 1:
        raise DataError(
            f"Expected one CSV in {root}, or its name as csv=. "
            f"Received: {[file.name for file in found] or 'none'}.\n{HOW_TO_GET}"
        )
    return found[0]


def find_picture(root: Path, name: str) -> Path | None:
    """Return the file of a name, in a folder or its ``images/``; the suffix may be missing."""
    names = [name]
    for suffix in sorted(PICTURE_SUFFIXES):
        names.append(f"{name}{suffix}")
    for folder in (root, root / "images"):
        for candidate in names:
            if (folder / candidate).is_file():
                return folder / candidate
    return None
