"""Files that appear whole or not at all, their digests, their names as text, and folders that one process uses at a time."""

import contextlib
import hashlib
import json
import os
import shutil
import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

LOCK_NAME = ".lock"


class FolderInUseError(RuntimeError):
    """A folder that another process writes to; the message names that process."""


@contextlib.contextmanager
def written_whole(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary file beside ``path``, and move it there if the block succeeds.

    A reader sees the old file or the new one, never a part. After an error the old file is still there.

    Args:
        path: the file to write; its folder must exist. A symbolic link stays one, its target is replaced.

    Yields:
        A path with the same suffix, which the block writes to.

    Raises:
        OSError: it cannot be written.

    Example:
        >>> with written_whole("table.csv") as temporary:  # doctest: +SKIP
        ...     frame.to_csv(temporary)
    """
    path = Path(os.path.realpath(path))
    temporary = path.with_name(f".{uuid.uuid4().hex[:12]}{path.suffix}")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())  # or a power cut could leave the new name with an empty file
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike, text: str) -> None:
    """Write a text file (UTF-8) whole or not at all."""
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def sha256(path: str | os.PathLike) -> str:
    """Return the SHA-256 of a file's content as 64 hex digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def printable(path: str | os.PathLike) -> str:
    r"""Return a path as text that any UTF-8 stream takes.

    File names are bytes on Linux. Those that are not UTF-8 appear as ``\xe9``, so that two names stay two.

    Example:
        >>> printable(os.fsdecode(b"caf\xe9.jpg"))
        'caf\\xe9.jpg'
    """
    text = os.fsdecode(path)
    try:
        name = os.fsencode(text)
    except UnicodeEncodeError:  # not a name but a message with one, where the system's names are not in UTF-8
        name = text.encode("utf-8", "backslashreplace")
    return name.decode("utf-8", "backslashreplace")


def same_file(first: str | os.PathLike, second: str | os.PathLike) -> bool:
    """Return whether two paths name the same existing file, by whatever links and spellings."""
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False


@contextlib.contextmanager
def exclusive(folder: str | os.PathLike, purpose: str) -> Iterator[None]:
    """Hold a folder for this process alone, for as long as the block runs.

    The operating system releases the lock when the process ends, however it ends, so none is ever left behind. A process
    may hold the same folder several times.

    Args:
        folder: is made if it does not exist.
        purpose: what the folder is used for, such as "training"; another process that wants the folder is told.

    Raises:
        FolderInUseError: another process holds it.
        OSError: the folder cannot be made or written to.
    """
    folder = Path(folder).resolve()
    if folder in _held:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK_NAME).open("a+", encoding="utf-8") as file:
        if not _lock(file):
            file.seek(0)
            raise FolderInUseError(
                f"Expected {printable(folder)} for this process alone. Received: {_owner(file.read())} is at work there. "
                "Wait until it has ended, or choose another name or folder."
            )
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
            file.truncate(0)  # the file itself stays: deleting it while another process opens it would give two locks


_held: set[Path] = set()  # folders that this process holds


def _lock(file) -> bool:
    """Lock an open file if no other process has."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            file.seek(1 << 30)  # a byte far behind the text, which others may then read
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner(text: str) -> str:
    try:
        owner = json.loads(text)
        return f"process {owner['process']} on {owner['machine']} ({owner['purpose']}, since {owner['since']})"
    except (ValueError, KeyError, TypeError):
        return "another process"
