"""Atomic writes: a file or folder appears complete, or not at all."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def atomic_file(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary file beside ``path``, and move it there if the block succeeds.

    A reader sees the old file or the new one, never a part. After an error the old file is
    unchanged.

    Args:
        path: file to write; its folder must exist. If it is a symbolic link, the link stays and its
            target is replaced.

    Yields:
        A path with the same suffix, for the block to write to.

    Raises:
        OSError: the file cannot be written.

    Example:
        >>> with atomic_file("table.csv") as temporary:  # doctest: +SKIP
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
    """Write a text file (UTF-8) atomically, see :func:`atomic_file`."""
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def atomic_folder(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary folder beside ``path``, and rename it to ``path`` if the block succeeds.

    A process that is killed leaves the temporary folder, whose name is ``.NAME.`` followed by 12
    hex digits.

    Args:
        path: folder to make. It must not exist; folders above it are made if they are missing.

    Raises:
        OSError: the folder cannot be written, or exists already.
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


def _random_name() -> str:
    """Return 12 hex digits that no other process draws."""
    return os.urandom(6).hex()


def _sync(path: Path) -> None:
    """Wait until a file is on the disk: a power cut could leave its new name with no content."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
