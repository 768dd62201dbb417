"""The images of FER-2013 one by one, from a folder, zip, tar or CSV."""

import contextlib
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from ....files.listing import PICTURE_SUFFIXES, find_pictures
from ....labels import FER2013_CSV, remap
from ... import packed
from ...dataset import DataError
from .constants import CLASS_NAMES, HOW_TO_GET, SIZE, USAGES, is_debris

Kind = Literal["folder", "zip", "tar", "csv"]
CSV_NAMES = ("fer2013.csv", "icml_face_data.csv")
# The errors that the readers of damaged or encrypted files raise.
DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
)


class Record(NamedTuple):
    """One image of a source.

    Attributes:
        name: path in the source, or line of the CSV.
        usage: one of :data:`USAGES`.
        label: index into :data:`CLASS_NAMES`.
        pixels: uint8 ``(48, 48)``; or a text that says why the image cannot be used.
    """

    name: str
    usage: str
    label: int
    pixels: np.ndarray | str


def kind_of(source: Path) -> Kind:
    """Return the kind of a file or folder.

    Raises:
        DataError: it is of no known kind.
    """
    name = source.name.lower()
    if source.is_dir():
        return "folder"
    if packed.is_packed(source):
        return "tar"
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            return "csv" if _csv_member(archive.namelist()) else "zip"
    if ".csv" in name or name.endswith(packed.TAR_SUFFIXES):
        return "csv"
    raise DataError(
        f"Expected a FER-2013 folder, zip or CSV. "
        f"Received: {source}, which is none of these.\n{HOW_TO_GET}"
    )


def read(source: Path, kind: Kind) -> Iterator[Record]:
    """Yield the images of a source, in the order of their names or lines.

    Raises:
        DataError: the source is damaged, or not laid out as FER-2013 is.
    """
    if kind == "csv":
        yield from _from_csv(source)
    elif kind == "folder":
        names = [str(path.relative_to(source)) for path in find_pictures(source)]
        yield from _from_tree(source, names, lambda name: (source / name).read_bytes())
    elif kind == "tar":
        contents = packed.read(source)
        yield from _from_tree(source, contents, contents.__getitem__)
    else:
        with zipfile.ZipFile(source) as archive:
            names = [n for n in archive.namelist() if Path(n).suffix.lower() in PICTURE_SUFFIXES]
            yield from _from_tree(source, names, archive.read)


def _from_tree(
    source: Path, names: Iterable[str], read_bytes: Callable[[str], bytes]
) -> Iterator[Record]:
    """Yield images at ``.../train|test/<class>/<Usage>_<id>.jpg``, the layout of Kaggle's copy."""
    names = sorted(name for name in names if not is_debris(name))
    if not names:
        raise DataError(
            f"Expected train/<class>/*.jpg and test/<class>/*.jpg in {source}. "
            f"Received: no image.\n{HOW_TO_GET}"
        )
    folders = {Path(name).parent.name for name in names}
    unknown = sorted(folders - set(CLASS_NAMES))
    if unknown:
        raise DataError(
            f"Expected the class folders {list(CLASS_NAMES)} in {source}. "
            f"Received: {unknown} besides. Rename or remove them."
        )
    for name in tqdm(names, desc="reading FER-2013", unit="img"):
        path = Path(name)
        usage = path.name.split("_")[0]
        if usage not in USAGES:
            raise DataError(
                f"Expected image names that begin with one of {list(USAGES)}, as in the Kaggle "
                f"copy: they tell validation from test. Received: {name} in {source}. "
                f"Take an unaltered copy.\n{HOW_TO_GET}"
            )
        pixels = _decode(read_bytes, name)
        yield Record(name, usage, CLASS_NAMES.index(path.parent.name), pixels)


def _decode(read_bytes: Callable[[str], bytes], name: str) -> np.ndarray | str:
    try:
        with Image.open(io.BytesIO(read_bytes(name))) as image:
            pixels = np.asarray(image.convert("L"))
    except DAMAGE as error:
        return f"unreadable ({error})"
    if pixels.shape != (SIZE, SIZE):
        return f"{pixels.shape[1]}x{pixels.shape[0]} px instead of {SIZE}x{SIZE}"
    return pixels


def _from_csv(source: Path) -> Iterator[Record]:
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
    """Yield what pandas reads: the path (pandas detects compression), or an archive's member."""
    if zipfile.is_zipfile(source):
        with (
            zipfile.ZipFile(source) as archive,
            archive.open(_csv_member(archive.namelist())) as file,
        ):
            yield file
    elif source.name.lower().endswith(packed.TAR_SUFFIXES):
        with tarfile.open(source) as archive:
            member = _csv_member(archive.getnames())
            if member is None:
                raise ValueError(f"none of {list(CSV_NAMES)} among its files")
            yield archive.extractfile(member)
    else:
        yield source


def _csv_member(names: list[str]) -> str | None:
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
