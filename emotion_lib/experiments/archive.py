"""Archives of recorded runs, which are unpacked without trusting their content."""

import contextlib
import errno
import functools
import lzma
import os
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path, PureWindowsPath
from typing import IO

from ..artifacts import ArtifactError
from ..files import printable

# Unpacked; a damaged or hostile archive of some megabytes could fill the disk.
MAX_BYTES = 2**33
_CHUNK = 2**20
# What damaged or encrypted archives make their readers raise.
_DAMAGE = (
    OSError, ValueError, KeyError, EOFError, RuntimeError, zlib.error, lzma.LZMAError,
    tarfile.TarError, zipfile.BadZipFile,
)  # fmt: skip


@contextlib.contextmanager
def unpacked(source: str | os.PathLike, names: Collection[str]) -> Iterator[Path]:
    """Yield ``source`` itself if it is a folder, or a temporary folder with files of an archive.

    Only plain files with the given names are written, and only below the temporary folder. No link
    is created: where the archive holds a link to another of its files, a copy is written.

    Args:
        source: a folder, or a .tar (also compressed by gzip, bzip2 or xz) or .zip, by its content.
        names: the names of the files to unpack, such as "run.json".

    Raises:
        ArtifactError: it is neither of these, damaged or encrypted, or one of its paths leaves the
            archive's folder.

    Example:
        >>> with unpacked("results.tar.gz", ["run.json"]) as folder:  # doctest: +SKIP
        ...     print(list(folder.rglob("run.json")))
    """
    source = Path(source)
    if source.is_dir():
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="runs-") as temporary:
        try:
            _unpack(source, Path(temporary), names)
        except ArtifactError:
            raise
        except _DAMAGE as error:
            if getattr(error, "errno", None) == errno.ENOSPC:
                raise
            raise ArtifactError(
                "Expected a folder of runs, or a .tar.gz, .tar.xz or .zip of one, at "
                f"{printable(source)}. Received: {_reason(error)}. Copy it again."
            ) from error
        yield Path(temporary)


def _unpack(source: Path, folder: Path, names: Collection[str]) -> None:
    unpacked_bytes = 0
    for name, open_member in _members(source):
        path = PureWindowsPath(name)  # knows both kinds of separators, and drives
        if path.anchor or ".." in path.parts:
            raise ArtifactError(
                "Expected an archive whose files all lie below one folder. Received: "
                f"{printable(source)} with {printable(name)!r}. Nothing of it was used; pack the "
                "folder of the runs again."
            )
        if path.name not in names:
            continue
        file = folder.joinpath(*path.parts)
        file.parent.mkdir(parents=True, exist_ok=True)
        with open_member() as reader, file.open("wb") as writer:
            while chunk := reader.read(_CHUNK):
                unpacked_bytes += len(chunk)
                if unpacked_bytes > MAX_BYTES:
                    raise ArtifactError(
                        f"Expected at most {MAX_BYTES:,} bytes of runs in {printable(source)}. "
                        "Received: more. Unpack it by hand, and name the folder."
                    )
                writer.write(chunk)


def _members(source: Path) -> Iterator[tuple[str, Callable[[], IO[bytes]]]]:
    """Yield the name of every file in an archive, and a function that opens it."""
    if not source.exists():
        raise FileNotFoundError(2, "no such file or folder")
    if not tarfile.is_tarfile(source):  # tried first, as a tar that ends in a zip looks like a zip
        with zipfile.ZipFile(source) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    yield entry.filename, functools.partial(archive.open, entry)
        return
    with tarfile.open(source) as tar:
        for member in tar:
            # A link opens as the file of this archive that it names, or raises KeyError.
            if member.isreg() or member.islnk() or member.issym():
                yield member.name, functools.partial(_opened, tar, member)


def _opened(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    reader = archive.extractfile(member)
    if reader is None:
        raise KeyError(f"{member.name} is a link to a folder or device")
    return reader


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
