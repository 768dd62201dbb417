"""The place of FER-2013 on this machine, and its download."""

import os
from pathlib import Path
from textwrap import shorten

from ....paths import data_dir
from ... import packed
from ...dataset import DataError
from .constants import ENVIRONMENT_VARIABLE, HOW_TO_GET, KAGGLE_HANDLE

# Beginning and endings of the names that are recognised in the data folder. A file that only begins
# like one, such as FER+'s fer2013new.csv, is another file.
STEMS = ("fer2013", "icml_face_data")
ENDINGS = (
    "", ".zip", *packed.TAR_SUFFIXES,
    ".csv", ".csv.gz", ".csv.bz2", ".csv.xz", ".csv.zst", ".csv.zip", ".csv.tar.gz",
)  # fmt: skip


def find(source: str | os.PathLike | None = None) -> Path | None:
    """Return the file or folder that holds FER-2013, or None if it is in no known place.

    Args:
        source: its path; None: the environment's FER2013_PATH, then ``fer2013`` and
            ``icml_face_data`` in the data folder, as a folder, zip, tar or CSV.

    Raises:
        DataError: the path that was given, or that the environment gives, does not exist.
    """
    source = source or os.environ.get(ENVIRONMENT_VARIABLE)
    if source:
        path = Path(source).expanduser()
        if not path.exists():
            raise DataError(
                f"Expected FER-2013 at {path}. Received: no such file or folder.\n{HOW_TO_GET}"
            )
        return path.resolve()
    if not data_dir().is_dir():
        return None
    by_name = {path.name.lower(): path for path in sorted(data_dir().iterdir())}
    for stem in STEMS:
        for ending in ENDINGS:
            if stem + ending in by_name:
                return by_name[stem + ending].resolve()
    return None


def download() -> Path:
    """Download FER-2013 from Kaggle, and return its folder.

    Raises:
        DataError: there is no network or no Kaggle account, for example.
    """
    try:
        import kagglehub

        return Path(kagglehub.dataset_download(KAGGLE_HANDLE)).resolve()
    except Exception as error:  # kagglehub raises many types: no network, no account, terms refused
        reason = shorten(str(error) or "no reason given", width=100, placeholder=" ...")
        raise DataError(
            f"Expected FER-2013 in {data_dir()} or a download from Kaggle. Received: no local "
            f"copy, and kagglehub failed ({type(error).__name__}: {reason}).\n{HOW_TO_GET}"
        ) from error
