"""A folder of small pictures as one compressed file, a ``.tar.xz`` that any tar reads.

The pictures' files are kept as they are, and so is every pixel. Thousands of small JPEG files repeat one header,
and some are there several times: compressed together, FER-2013's 35,887 files take 43 MB, as a zip 62 MB.
"""

import io
import lzma
import os
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ..files import atomic_file
from ..files.listing import PICTURE_SUFFIXES, find_pictures
from .dataset import DataError

SUFFIX = ".tar.xz"
TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", SUFFIX)


def write(source: str | os.PathLike, file: str | os.PathLike) -> None:
    """Pack the pictures of a folder or zip; the same pictures always give the same bytes.

    Args:
        source: a folder or a zip.
        file: the ``.tar.xz`` to write.

    Raises:
        DataError: the source is neither, holds no picture, or cannot be read.
        OSError: the file cannot be written.
    """
    source = Path(source)
    try:
        pictures = dict(_pictures(source))
    except (OSError, RuntimeError, zipfile.BadZipFile) as error:
        raise DataError(
            f"Expected a folder or zip of pictures. Received: {source} ({error})."
        ) from error
    if not pictures:
        raise DataError(f"Expected pictures in {source}. Received: none.")
    first = {}
    for name in sorted(pictures):
        first.setdefault(pictures[name], name)
    # Identical files side by side are within the compressor's reach.
    order = sorted(pictures, key=lambda name: (first[pictures[name]], name))
    with (
        atomic_file(file) as temporary,
        lzma.open(temporary, "wb", preset=6) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in order:
            member = tarfile.TarInfo(name)
            member.size = len(pictures[name])
            archive.addfile(member, io.BytesIO(pictures[name]))


def is_packed(path: Path) -> bool:
    """Return whether a file is a tar, compressed or not, that begins with a picture."""
    if not path.name.lower().endswith(TAR_SUFFIXES):
        return False
    try:
        with tarfile.open(path) as archive:
            first = next((member for member in archive if member.isfile()), None)
    except (OSError, EOFError, ValueError, lzma.LZMAError, tarfile.TarError):
        return False
    return first is not None and Path(first.name).suffix.lower() in PICTURE_SUFFIXES


def read(path: Path) -> dict[str, bytes]:
    """Return the pictures of a tar, by name, in memory: a compressed tar can only be read from its beginning.

    Raises:
        DataError: the file is damaged.
    """
    pictures = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and Path(member.name).suffix.lower() in PICTURE_SUFFIXES:
                    pictures[member.name] = archive.extractfile(member).read()
    except (OSError, EOFError, ValueError, lzma.LZMAError, tarfile.TarError) as error:
        raise DataError(
            f"Expected a tar of pictures in {path}. Received: a damaged file ({error}). Take an unaltered copy."
        ) from error
    return pictures


def _pictures(source: Path) -> Iterator[tuple[str, bytes]]:
    if source.is_dir():
        for path in find_pictures(source):
            yield path.relative_to(source).as_posix(), path.read_bytes()
        return
    with zipfile.ZipFile(source) as archive:
        for name in archive.namelist():
            if Path(name).suffix.lower() in PICTURE_SUFFIXES:
                yield name, archive.read(name)
