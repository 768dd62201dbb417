"""FER-2013 as a CSV, by itself, compressed, or among other files of an archive."""

import contextlib
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ....labels import FER2013_CSV, remap
from ... import packed
from ...dataset import DataError
from .constants import CLASS_NAMES, SIZE, USAGES, is_debris
from .records import DAMAGE, Record

CSV_NAMES = ("fer2013.csv", "icml_face_data.csv")


def read(source: Path) -> Iterator[Record]:
    """Yield the rows ``emotion, pixels, Usage`` of a CSV.

    The header of icml_face_data.csv has blanks before its names.
    """
    import pandas as pd

    try:
        with _open_csv(source) as file:
            table = pd.read_csv(file, dtype=str, keep_default_na=False)
    except DAMAGE as error:
        raise DataError(
            f"Expected a CSV table in {source}. Received: a damaged file ({error}). "
            "Take an unaltered copy."
        ) from error
    table.columns = table.columns.str.strip()
    missing = {"emotion", "pixels", "Usage"} - set(table.columns)
    if missing:
        raise DataError(
            f"Expected the columns emotion, pixels and Usage in {source}. "
            f"Received: {list(table.columns)}. The Kaggle file train.csv has no split; take "
            "fer2013.csv or icml_face_data.csv."
        )
    codes = [str(code) for code in range(len(FER2013_CSV))]
    label_of_code = remap(np.arange(len(codes)), FER2013_CSV, CLASS_NAMES)
    emotions = table["emotion"].str.strip()
    usages = table["Usage"].str.strip()
    rows = zip(emotions, table["pixels"], usages, strict=True)
    progress = tqdm(rows, desc="reading FER-2013", total=len(table), unit="img")
    for number, (emotion, pixels, usage) in enumerate(progress):
        line = f"line {number + 2}"
        if usage not in USAGES or emotion not in codes:
            raise DataError(
                f"Expected emotion 0..6 and Usage in {list(USAGES)} in {source}, {line}. "
                f"Received: emotion={emotion!r}, Usage={usage!r}. Take an unaltered copy."
            )
        yield Record(line, usage, int(label_of_code[int(emotion)]), _parse(pixels))


def _parse(text: str) -> np.ndarray | str:
    try:
        pixels = np.array(text.split(), dtype=np.int64)
    except (ValueError, OverflowError):
        return "pixels that are no numbers from 0 to 255"
    if pixels.size != SIZE * SIZE:
        return f"{pixels.size} pixels instead of {SIZE * SIZE}"
    if pixels.min() < 0 or pixels.max() > 255:
        return f"pixels from {pixels.min()} to {pixels.max()} instead of 0..255"
    return pixels.astype(np.uint8).reshape(SIZE, SIZE)


@contextlib.contextmanager
def _open_csv(source: Path) -> Iterator:
    """Yield an input of pandas: the path (pandas detects compression), or an archive's member."""
    if zipfile.is_zipfile(source):
        with (
            zipfile.ZipFile(source) as archive,
            archive.open(find_member(archive.namelist())) as file,
        ):
            yield file
    elif source.name.lower().endswith(packed.TAR_SUFFIXES):
        with tarfile.open(source) as tar:
            member = find_member(tar.getnames())
            if member is None:
                raise ValueError(f"none of {list(CSV_NAMES)} among its files")
            yield tar.extractfile(member)
    else:
        yield source


def find_member(names: list[str]) -> str | None:
    """Return the table with the split among an archive's files.

    Kaggle's archive has train.csv and test.csv beside it.
    """
    tables = {}
    for name in names:
        if name.endswith(".csv") and not is_debris(name):
            tables[Path(name).name] = name
    for name in CSV_NAMES:
        if name in tables:
            return tables[name]
    return next(iter(tables.values())) if len(tables) == 1 else None
