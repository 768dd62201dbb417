"""Files that appear whole or not at all, their digests, their names as text, and folders that one process uses at a time."""

import contextlib
import glob
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from ..errors import EmotionError

LOCK_NAME = ".lock"


class FolderInUseError(EmotionError, RuntimeError):
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
    temporary = path.with_name(f".{_random_name()}{path.suffix}")
    try:
        yield temporary
        _sync(temporary)
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike, text: str) -> None:
    """Write a text file (UTF-8) whole or not at all."""
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def folder_written_whole(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary folder beside ``path``, and give it this name if the block succeeds.

    A process that is killed leaves the temporary folder: its name is ``.NAME.`` and 12 hex digits.

    Args:
        path: the folder to make. It must not exist, nor need the folder that it is to be in.

    Raises:
        OSError: it cannot be written, or exists.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name.lstrip('.')}.{_random_name()}")
    temporary.mkdir(parents=True)
    try:
        yield temporary
        for file in temporary.rglob("*"):
            if file.is_file():
                _sync(file)
        os.rename(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def replace_folder(target: str | os.PathLike, new: str | os.PathLike) -> None:
    """Put the folder ``new`` in the place of ``target``, and delete what was there.

    Linux and macOS exchange two folders in one step, so that at any moment one of them is there, whole. Where they cannot,
    ``target`` is called ``.NAME.before`` for the moment between two steps.

    Args:
        target: a folder, or nothing yet.
        new: a folder beside it; ``.NAME.`` and anything, for :func:`restore_folder` to know it.

    Raises:
        OSError: it cannot be done; ``target`` is as it was, or becomes so by :func:`restore_folder`.
    """
    target, new = Path(target), Path(new)
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
    """Bring back a folder whose replacement was killed between two steps, and delete what such processes left beside it.

    Only for who holds the place alone, see :func:`exclusive`.
    """
    target = Path(target)
    before = target.with_name(f".{target.name}.before")
    if before.is_dir() and not target.exists():
        os.rename(before, target)
    for leftover in target.parent.glob(f".{glob.escape(target.name)}.*"):
        shutil.rmtree(leftover, ignore_errors=True)


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
    except (
        UnicodeEncodeError
    ):  # not a name but a message with one, where the system's names are not in UTF-8
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
    may hold the same folder several times, and delete it while it does.

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
    import socket  # here, as every command imports this module, and few lock a folder

    with _lock_of(folder) as file:
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


_held: set[Path] = set()  # folders that this process holds


def _lock_of(folder: Path) -> TextIO:
    """Return the open and locked lock file of a folder, or raise a FolderInUseError."""
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
                f"Expected {printable(folder)} for this process alone. Received: {owner} is at work there. "
                "Wait until it has ended, or choose another name or folder."
            )
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()  # its owner deleted it before it let go: another process would lock another file of this name


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


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two folders in one step, and return whether that was possible."""
    import ctypes

    names = os.fsencode(first), os.fsencode(second)
    try:
        libc = ctypes.CDLL(None)
        if sys.platform == "darwin":
            return libc.renamex_np(*names, _RENAME_EXCHANGE) == 0
        return libc.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0
    except (AttributeError, OSError, TypeError):  # an older C library, or Windows
        return False


_AT_FDCWD, _RENAME_EXCHANGE = (
    -100,
    2,
)  # of the C library's headers; macOS has the same number for RENAME_SWAP


def _random_name() -> str:
    """Return 12 hex digits that no other process draws."""
    return os.urandom(6).hex()


def _sync(path: Path) -> None:
    """Wait until a file is on the disk: a power cut could leave its new name with an empty file."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _owner(text: str) -> str:
    try:
        owner = json.loads(text)
        return f"process {owner['process']} on {owner['machine']} ({owner['purpose']}, since {owner['since']})"
    except (ValueError, KeyError, TypeError):
        return "another process"
