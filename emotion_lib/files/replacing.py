"""Replacement of a whole folder by another one."""

import glob
import os
import shutil
import sys
from pathlib import Path

# From the C library's headers. macOS uses the same number for RENAME_SWAP.
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def replace_folder(target: str | os.PathLike, new: str | os.PathLike) -> None:
    """Move the folder ``new`` to ``target``, and delete the folder that was there.

    Linux and macOS exchange two folders in one step, so that a complete folder is there at any
    moment. On other systems ``target`` is called ``.NAME.before`` for the moment between two steps.

    Args:
        target: a folder; it need not exist yet.
        new: a folder beside it. Its name must begin with ``.NAME.``, so that
            :func:`restore_folder` recognises it.

    Raises:
        OSError: it cannot be done; ``target`` is unchanged, or can be brought back by
            :func:`restore_folder`.
    """
    target = Path(target)
    new = Path(new)
    if not target.exists():
        os.rename(new, target)
    elif _exchange(target, new):
        shutil.rmtree(new, ignore_errors=True)
    else:
        before = target.with_name(f".{target.name}.before")
        os.rename(target, before)
        os.rename(new, target)
        shutil.rmtree(before, ignore_errors=True)


def restore_folder(target: str | os.PathLike) -> None:
    """Undo a replacement that was killed between two steps, and delete its leftovers.

    Call it only while no other process uses the folder, see :func:`emotion_lib.files.exclusive`.
    """
    target = Path(target)
    before = target.with_name(f".{target.name}.before")
    if before.is_dir() and not target.exists():
        os.rename(before, target)
    for leftover in target.parent.glob(f".{glob.escape(target.name)}.*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two folders in one step, and return whether the system could do it."""
    import ctypes  # here, because every command imports this module, and few replace a folder

    names = (os.fsencode(first), os.fsencode(second))
    try:
        libc = ctypes.CDLL(None)
        if sys.platform == "darwin":
            return libc.renamex_np(*names, _RENAME_EXCHANGE) == 0
        return libc.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0
    except (AttributeError, OSError, TypeError):  # an older C library, or Windows
        return False
