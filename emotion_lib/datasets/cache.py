"""The cache: arrays on disk that were made from data once.

A cache entry is a folder of arrays with their metadata, written atomically. Its name is a key of
everything that the arrays depend on: what was asked for and from which files
(:func:`key_of_files`), and the code that makes them (:func:`version`).
"""

import errno
import functools
import importlib
import importlib.metadata
import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ..files import atomic_folder, digest_of
from ..paths import data_dir
from .dataset import DataError

Entry = tuple[dict[str, np.ndarray], dict]  # arrays by name, and metadata

_META = "meta.json"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)


@functools.cache
def version(*modules: str, packages: tuple[str, ...] = ("Pillow",)) -> str:
    """Return 8 hex digits that change with the code that makes the arrays.

    No cache entry outlives a correction of the code that made it.

    Args:
        modules: full names of modules or packages; the text of each file counts.
        packages: names of distributions whose version counts, whether installed or not.
    """
    parts: list[str | bytes] = []
    for name in modules:
        module = importlib.import_module(name)
        files = [Path(module.__file__)]
        if files[0].name == "__init__.py":
            files = sorted(files[0].parent.glob("*.py"))
        parts += [file.read_bytes() for file in files]
    for package in packages:
        try:
            parts.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            parts.append(f"no {package}")
    return digest_of(*parts, length=8)


def key_of_files(files: Sequence[str | os.PathLike], options: object) -> str:
    """Return 16 hex digits that change with any file's name, size or times, and with options.

    The time of the last change of a file's entry (ctime) counts beside that of its content, because
    unpacking and copying set the latter to any value.

    Args:
        files: files that the arrays are made from; 35,887 take a moment.
        options: further values that the arrays depend on, of types that JSON has.
    """
    stats = []
    for file in files:
        stat = os.stat(file)
        stats.append((os.path.abspath(file), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    return digest_of(json.dumps([stats, options]), length=16)


def place(kind: str, key: str, code: str) -> Path:
    """Return the folder of a cache entry.

    Args:
        kind: beginning of the folder's name.
        key: 16 hex digits for what was asked for and from which files.
        code: see :func:`version`. Writing an entry removes those of other versions.
    """
    return data_dir() / "cache" / f"{kind}-{key}-{code}"


def entries(kind: str) -> list[Path]:
    """Return the folders of all entries of a kind, the one written last first."""
    files = (data_dir() / "cache").glob(f"{kind}-*/{_META}")
    newest_first = sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)
    return [file.parent for file in newest_first]


def read(folder: Path) -> Entry | None:
    """Return the arrays (memory-mapped, read-only) and metadata of an entry.

    Returns:
        None if there is no such entry, or it is damaged and must be made again.
    """
    arrays = {}
    try:
        meta = json.loads((folder / _META).read_text())
        for name in meta["arrays"]:
            arrays[name] = np.load(folder / f"{name}.npy", mmap_mode="r")
    except (OSError, ValueError, KeyError):
        return None
    return arrays, meta


def load(folder: Path, build: Callable[[], Entry], *, reuse: bool = True) -> Entry:
    """Return an entry, after building and writing it if there is none.

    Args:
        folder: see :func:`place`.
        build: returns the arrays by name, and metadata of types that JSON has.
        reuse: False builds the entry again, for arrays that depend on more than their key.

    Raises:
        DataError: the folder cannot be written, or the disk is full.
    """
    return (read(folder) if reuse else None) or write(folder, build)


def write(folder: Path, build: Callable[[], Entry]) -> Entry:
    """Build an entry, write it atomically, and return it as :func:`read` does.

    Raises:
        DataError: the folder cannot be written, or the disk is full.
    """
    try:
        with atomic_folder(folder) as temporary:
            arrays, meta = build()
            for name, array in arrays.items():
                np.save(temporary / f"{name}.npy", array)
            (temporary / _META).write_text(json.dumps({**meta, "arrays": sorted(arrays)}, indent=1))
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        made_by_another_process = error.errno in (errno.ENOTEMPTY, errno.EEXIST) and read(folder)
        if not made_by_another_process:
            raise _explained(error, folder.parent) from error
    _remove_other_versions(folder)
    return read(folder)


def _explained(error: OSError, folder: Path) -> Exception:
    """Return the error that says what kept an entry from being written, and what to do."""
    if error.errno in _FULL:
        free = shutil.disk_usage(folder).free // 2**20
        return DataError(
            f"Expected room for the cache in {folder} (FER-2013 takes about 90 MiB). "
            f"Received: {error.strerror}, {free} MiB free. "
            "Free some, or set DATA_DIR to another disk."
        )
    if error.errno in _REFUSED:
        return DataError(
            f"Expected to be able to write in {folder}. Received: {error.strerror}. "
            "Set DATA_DIR to a folder that you may write to."
        )
    return error


def _remove_other_versions(folder: Path) -> None:
    named = re.fullmatch(r"(.+-[0-9a-f]{16}-)[0-9a-f]{8}", folder.name)
    if not named:
        return
    pattern = re.escape(named[1]) + "[0-9a-f]{8}"
    for other in folder.parent.iterdir():
        if other != folder and re.fullmatch(pattern, other.name):
            shutil.rmtree(other, ignore_errors=True)
