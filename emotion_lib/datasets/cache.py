"""A folder of arrays on disk that is either whole or not there: written aside, then moved into place."""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .dataset import DataError

_META = "meta.json"


def read(folder: Path) -> tuple[dict[str, np.ndarray], dict] | None:
    """Arrays (memory-mapped, read-only) and metadata of a cache folder; None if there is none, or a damaged one."""
    try:
        meta = json.loads((folder / _META).read_text())
        return {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in meta["arrays"]}, meta
    except (OSError, ValueError, KeyError):  # no cache, or not a whole one: it will be made again
        return None


def write(folder: Path, build: Callable[[], tuple[dict[str, np.ndarray], dict]]) -> tuple[dict[str, np.ndarray], dict]:
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
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(staging, folder)
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
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
    return read(folder)
