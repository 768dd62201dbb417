"""A folder of arrays on disk that is either whole or not there: written aside, then moved into place.

Its name is a key of everything that the arrays depend on: what was asked for and from which files
(:func:`emotion_lib.datasets.pictures.key` and other digests), and the code that makes them (:func:`version`).
"""

import errno
import functools
import importlib
import importlib.metadata
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..files import digest_of
from ..paths import data_dir
from .dataset import DataError

_META = "meta.json"


@functools.cache
def version(*modules: str, packages: tuple[str, ...] = ("Pillow",)) -> str:
    """Return 8 hex digits that change with the code that makes the arrays: no cache outlives a mended reader.

    Args:
        modules: their full names; the text of each counts.
        packages: distributions whose version counts; one that is not installed counts as such.
    """
    parts = []
    for module in modules:
        parts.append(Path(importlib.import_module(module).__file__).read_bytes())
    for package in packages:
        try:
            parts.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            parts.append(f"no {package}")
    return digest_of(*parts, length=8)


def place(kind: str, key: str, code: str) -> Path:
    """Return the folder of some arrays.

    Args:
        kind: begins the folder's name.
        key: 16 hex digits of what was asked for and from which files.
        code: see :func:`version`. Writing the folder removes those of other versions.
    """
    return data_dir() / "cache" / f"{kind}-{key}-{code}"


def read(folder: Path) -> tuple[dict[str, np.ndarray], dict] | None:
    """Arrays (memory-mapped, read-only) and metadata of a cache folder; None if there is none, or a damaged one."""
    try:
        meta = json.loads((folder / _META).read_text())
        return {
            name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in meta["arrays"]
        }, meta
    except (OSError, ValueError, KeyError):  # no cache, or not a whole one: it will be made again
        return None


def write(
    folder: Path, build: Callable[[], tuple[dict[str, np.ndarray], dict]]
) -> tuple[dict[str, np.ndarray], dict]:
    """Call ``build`` and keep its arrays and metadata in ``folder``; then return them as :func:`read` does.

    Everything goes to a temporary folder beside the target first, so that an interrupted run leaves nothing that a
    later one could mistake for a cache.

    Raises:
        DataError: the place cannot be written or is full.
    """
    staging = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        arrays, meta = build()
        for name, array in arrays.items():
            np.save(staging / f"{name}.npy", array)
        (staging / _META).write_text(json.dumps({**meta, "arrays": sorted(arrays)}, indent=1))
        _move(staging, folder)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            free = shutil.disk_usage(folder.parent).free // 2**20
            raise DataError(
                f"Expected room for the cache in {folder.parent} (FER-2013 takes about 90 MiB). "
                f"Received: {error.strerror}, {free} MiB free. Free some, or set DATA_DIR to another disk."
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise DataError(
                f"Expected to be able to write in {folder.parent}. Received: {error.strerror}. "
                "Set DATA_DIR to a folder of yours."
            ) from error
        raise
    else:
        _remove_other_versions(folder)
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
    return read(folder)


def _move(staging: Path, folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder, ignore_errors=True)
    try:
        os.replace(staging, folder)
    except OSError:
        if read(folder) is None:
            raise
        # Another process has just made the same.


def _remove_other_versions(folder: Path) -> None:
    named = re.fullmatch(r"(.+-[0-9a-f]{16}-)[0-9a-f]{8}", folder.name)
    if not named:
        return
    for other in folder.parent.iterdir():
        if other != folder and re.fullmatch(re.escape(named[1]) + "[0-9a-f]{8}", other.name):
            shutil.rmtree(other, ignore_errors=True)
