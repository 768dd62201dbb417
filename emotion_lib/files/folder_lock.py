"""A lock that gives a folder to one process at a time."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from ..errors import EmotionError
from .names import printable

LOCK_NAME = ".lock"
_held: set[Path] = set()  # folders that this process holds


class FolderInUseError(EmotionError, RuntimeError):
    """A folder that another process writes to; the message names that process."""


@contextlib.contextmanager
def exclusive(folder: str | os.PathLike, purpose: str) -> Iterator[None]:
    """Hold a folder for this process alone while the block runs.

    The operating system releases the lock when the process ends, even if it is killed, so no lock
    is ever left behind. A process may hold the same folder several times, and may delete it while
    it holds it.

    Args:
        folder: made if it does not exist.
        purpose: what the folder is used for, such as "training". The error that another process
            gets shows it.

    Raises:
        FolderInUseError: another process holds it.
        OSError: the folder cannot be made or written to.
    """
    folder = Path(folder).resolve()
    if folder in _held:
        yield
        return
    import socket  # here, because every command imports this module, and few lock a folder

    with _locked_file(folder) as file:
        owner = {
            "purpose": purpose,
            "process": os.getpid(),
            "machine": socket.gethostname(),
            "since": time.strftime("%F %T"),
        }
        file.truncate(0)
        file.write(json.dumps(owner))
        file.flush()
        _held.add(folder)
        try:
            yield
        finally:
            _held.discard(folder)
            file.truncate(0)


def _locked_file(folder: Path) -> TextIO:
    """Return the lock file of a folder, open and locked, or raise a FolderInUseError."""
    path = folder / LOCK_NAME
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            file = path.open("a+", encoding="utf-8")
        except FileNotFoundError:  # the folder was deleted in between
            continue
        if not _lock(file):
            with file:
                file.seek(0)
                owner = _owner(file.read())
            raise FolderInUseError(
                f"Expected {printable(folder)} for this process alone. "
                f"Received: {owner} is at work there. "
                "Wait until it has ended, or choose another name or folder."
            )
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        # The owner deleted the file before it released it: another process that looks for the
        # lock would make and lock a new file of this name.
        file.close()


def _lock(file: TextIO) -> bool:
    """Lock an open file, and return False if another process has locked it."""
    if sys.platform == "win32":
        import msvcrt

        try:
            file.seek(1 << 30)  # a byte far behind the text, so that others can read the text
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner(text: str) -> str:
    """Return a description of the process that wrote a lock file."""
    try:
        owner = json.loads(text)
        return (
            f"process {owner['process']} on {owner['machine']} "
            f"({owner['purpose']}, since {owner['since']})"
        )
    except (ValueError, KeyError, TypeError):
        return "another process"
