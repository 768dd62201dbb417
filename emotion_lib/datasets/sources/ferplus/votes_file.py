"""The votes of FER+, ``fer2013new.csv``: one row per row of the original ``fer2013.csv``.

The number in its column "Image name" is *not* that row.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ....files import digest_of
from ....labels import FERPLUS_CSV
from ....paths import data_dir
from ...dataset import DataError, Dataset
from .. import fer2013

if TYPE_CHECKING:
    import pandas as pd

ENVIRONMENT_VARIABLE = "FERPLUS_PATH"
FILE = "fer2013new.csv"
# SHA-256 of the columns Usage and Image name, line by line: the order that the votes are joined by.
# The names alone do not show it, as some rows have none and a few stand out of sequence.
ROW_ORDER = "e83d2151be83d78cb9bcb809786f73be67234beed9872d1254f39efa89723aa9"
HOW_TO_GET = f"""How to get FER+: the file {FILE} of the repository microsoft/FERPlus on GitHub
(MIT), saved in the data folder or beside FER-2013, or named by {ENVIRONMENT_VARIABLE}=<file>.
FER-2013 itself is needed too."""


def votes(
    path: str | os.PathLike | None = None, source: str | os.PathLike | None = None
) -> np.ndarray:
    """Return the taggers' votes.

    Args:
        path: ``fer2013new.csv``; None: see :func:`find_votes`.
        source: FER-2013, beside which the votes may lie.

    Returns:
        int64 ``(35887, 10)``, one row per row of the original CSV, columns as in
        :data:`emotion_lib.labels.FERPLUS_CSV`.

    Raises:
        DataError: the file is missing, or not FER+'s.
    """
    import pandas as pd

    path = find_votes(path, source)
    table = pd.read_csv(path, keep_default_na=False)
    count = sum(fer2013.OFFICIAL_COUNTS.values())
    shape = (count, 2 + len(FERPLUS_CSV))
    if table.shape != shape or tuple(table.columns[[0, -1]]) != ("Usage", "NF"):
        raise DataError(
            f"Expected {count} rows of Usage, Image name and {len(FERPLUS_CSV)} columns of votes "
            f"in {path}. Received: {table.shape[0]} rows, columns {list(table.columns)}.\n"
            f"{HOW_TO_GET}"
        )
    if row_order(table) != ROW_ORDER:
        raise DataError(
            f"Expected the rows of {path} in the order in which FER+ is published, as the votes "
            "are joined by it. Received: another order, or other names. "
            f"Take an unaltered copy.\n{HOW_TO_GET}"
        )
    try:
        return table.iloc[:, 2:].to_numpy(np.int64)
    except ValueError as error:
        raise DataError(
            f"Expected numbers of votes in {path}. Received: {error}. Take an unaltered copy."
        ) from error


def votes_by_split(
    faces: Dataset,
    splits: Sequence[str] = ("train", "val", "test"),
    *,
    votes_file: str | os.PathLike | None = None,
    source: str | os.PathLike | None = None,
) -> dict[str, np.ndarray]:
    """Return the votes for each image of some splits of FER-2013.

    Args:
        faces: the whole FER-2013, as :func:`emotion_lib.datasets.sources.fer2013.load` returns it.
        splits: names of the splits.
        votes_file, source: see :func:`votes`.

    Returns:
        Name of the split -> int64 ``(n, 10)``, in the order of its images.

    Raises:
        DataError: the votes are missing, or the images are not those of FER+.
    """
    rows = fer2013.original_rows(faces)
    all_votes = votes(votes_file, source)
    found = {}
    for name in splits:
        unknown = int((rows[name] < 0).sum())
        if unknown:
            raise DataError(
                "Expected FER-2013 with its original file names, by which FER+ is joined. "
                f"Received: {unknown} images of {name} that the original does not have. "
                f"Take an unaltered copy.\n{fer2013.HOW_TO_GET}"
            )
        found[name] = all_votes[rows[name]]
    return found


def row_order(table: "pd.DataFrame") -> str:
    """Return the SHA-256 of a table's columns Usage and Image name, line by line."""
    lines = table.iloc[:, 0].astype(str) + "," + table.iloc[:, 1].astype(str)
    return digest_of("\n".join(lines))


def find_votes(
    path: str | os.PathLike | None = None, source: str | os.PathLike | None = None
) -> Path:
    """Return the place of FER+'s votes.

    Args:
        path: the file; None: the environment's FERPLUS_PATH, then the data folder, then beside
            FER-2013.
        source: FER-2013; None: the environment's FER2013_PATH.

    Raises:
        DataError: the file is missing.
    """
    named = path or os.environ.get(ENVIRONMENT_VARIABLE)
    if named:
        candidates = [Path(named).expanduser()]
    else:
        faces = source or os.environ.get(fer2013.ENVIRONMENT_VARIABLE) or data_dir()
        beside = Path(faces).expanduser().absolute().parent
        candidates = [data_dir() / FILE, beside / FILE]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise DataError(
        f"Expected FER+'s votes at {' or '.join(map(str, candidates))}. "
        f"Received: no such file.\n{HOW_TO_GET}"
    )
