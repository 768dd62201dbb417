"""Archives of recorded runs, unpacked without trusting what is in them."""

import contextlib
import errno
import lzma
import os
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path, PureWindowsPath
from typing import IO

from ..artifacts.writing import ArtifactError
from ..files import printable

MAX_BYTES = 2**33  # unpacked; a damaged or hostile archive of some megabytes could fill the disk
_CHUNK = 2**20
# What damaged or encrypted archives make their readers raise
_DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
)


@contextlib.contextmanager
def unpacked(source: str | os.PathLike, names: Collection[str]) -> Iterator[Path]:
    """Yield a folder: ``source`` itself if it is one, else a temporary one with files of an archive.

    Only plain files with these names are written, and only below the temporary folder. Links are never made: a file that
    the archive keeps as a link to another of its files is written as a copy.

    Args:
        source: a folder, or a .tar (also compressed by gzip, bzip2 or xz) or .zip, whatever its name ends in.
        names: the names of the files to unpack, such as "run.json".

    Raises:
        ArtifactError: neither of these, damaged, encrypted, or with a path that leaves the archive's folder.
    """
    source = Path(source)
    if source.is_dir():
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="runs-") as temporary:
        _unpack(source, Path(temporary), names)
        yield Path(temporary)


def _unpack(source: Path, folder: Path, names: Collection[str]) -> None:
    left = MAX_BYTES
    try:
        for name, open_member in _members(source):
            path = PureWindowsPath(name)  # knows both kinds of separators, and drives
            if path.anchor or ".." in path.parts:
                raise ArtifactError(
                    f"Expected an archive whose files all lie below one folder. Received: {printable(source)} with "
                    f"{printable(name)!r}. Nothing of it was used; pack the folder of the runs again."
                )
            if path.name not in names:
                continue
            file = folder.joinpath(*path.parts)
            file.parent.mkdir(parents=True, exist_ok=True)
            with open_member() as reader, file.open("wb") as writer:
                while chunk := reader.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise ArtifactError(
                            f"Expected at most {MAX_BYTES:,} bytes of runs in {printable(source)}. Received: more. Unpack "
                            "it by hand, and name the folder."
                        )
                    writer.write(chunk)
    except ArtifactError:
        raise
    except _DAMAGE as error:
        if getattr(error, "errno", None) == errno.ENOSPC:
            raise
        reason = (
            error.strerror
            if isinstance(error, OSError) and error.strerror
            else str(error) or type(error).__name__
        )
        raise ArtifactError(
            f"Expected a folder of runs, or a .tar.gz, .tar.xz or .zip of one, at {printable(source)}. Received: {reason}. "
            "Copy it again."
        ) from error


def _members(source: Path) -> Iterator[tuple[str, Callable[[], IO[bytes]]]]:
    """Yield the name of every file in an archive, and how to open it."""
    if not source.exists():
        raise FileNotFoundError(2, "no such file or folder")
    if not tarfile.is_tarfile(source):  # first, as a tar with a zip at its end looks like one
        with zipfile.ZipFile(source) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    yield entry.filename, lambda entry=entry: archive.open(entry)
        return
    with tarfile.open(source) as archive:
        for member in archive:
            # A link opens as the file of this archive that it names, or raises KeyError.
            if member.isreg() or member.islnk() or member.issym():
                yield member.name, lambda member=member: _opened(archive, member)


def _opened(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    reader = archive.extractfile(member)
    if reader is None:
        raise KeyError(f"{member.name} is a link to a folder or device")
    return reader
