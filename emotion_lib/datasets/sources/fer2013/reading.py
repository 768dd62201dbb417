"""The images of FER-2013 one by one, from a source of any kind."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image
from tqdm import tqdm

from ....files.listing import PICTURE_SUFFIXES, find_pictures
from ... import packed
from ...dataset import DataError
from . import csv_table
from .constants import CLASS_NAMES, HOW_TO_GET, SIZE, USAGES, is_debris
from .records import DAMAGE, Record

Kind = Literal["folder", "zip", "tar", "csv"]


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
            return "csv" if csv_table.find_member(archive.namelist()) else "zip"
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
        yield from csv_table.read(source)
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
            f"Received: {unknown} in addition. Rename or remove them."
        )
    for name in tqdm(names, desc="reading FER-2013", unit="img"):
        path = Path(name)
        usage = path.name.split("_")[0]
        if usage not in USAGES:
            raise DataError(
                f"Expected image names that begin with one of {list(USAGES)}, as in the Kaggle "
                f"copy: they distinguish validation from test. Received: {name} in {source}. "
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
