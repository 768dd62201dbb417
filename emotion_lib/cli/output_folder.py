"""The folder that a command writes to: nothing that it has not made itself is replaced."""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..files import exclusive, printable, same_file, write_text
from .outputs import OutputError

RECORD = ".source.json"  # what the files beside it were made from


def check(folder: Path, source: Path | None, names: Iterable[str]) -> None:
    """Refuse a folder in which an output would replace anything but an earlier output of the same source.

    Args:
        folder: need not exist.
        source: the file that is read; None for a camera, whose recordings cannot be repeated, so that none is replaced.
        names: of the files that will be written.

    Raises:
        OutputError: a file of this name is there, and was not made from this source.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        raise OutputError(
            f"Expected a folder to write to. Received: {printable(folder)}, a file. Choose another --out."
        )
    names = tuple(names)
    replaced = [name for name in names if source and same_file(folder / name, source)]
    if replaced:
        raise OutputError(
            f"Expected --out to be a folder in which no output replaces the input. Received: {printable(folder)}, whose "
            f"{replaced[0]} is the input. Choose another --out."
        )
    own = _made_from(folder, source) if source else set()
    for name in names:
        if os.path.lexists(folder / name) and name not in own:
            raise OutputError(
                f"Expected --out to be a folder without files of others. Received: {printable(folder)}, whose {name} was "
                "not made from this source. Choose another --out."
            )


@contextlib.contextmanager
def claimed(folder: Path, source: Path | None, names: Iterable[str]) -> Iterator[None]:
    """Hold a folder for this process, and remove earlier outputs of the same source, so that no two runs are mixed.

    Args:
        folder: is made if it does not exist.
        source, names: as :func:`check` takes them.

    Raises:
        OutputError: see :func:`check`.
        FolderInUseError: another process writes there.
        OSError: the folder cannot be made or written to; the message names it.
    """
    names = tuple(names)
    check(folder, source, names)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(exclusive(folder, "reading a video"))
            check(folder, source, names)  # another process may have written until now
            if source:
                files = sorted(_made_from(folder, source) | set(names))
                write_text(
                    folder / RECORD,
                    json.dumps({"source": _identity(source), "files": files}, indent=1),
                )
            for name in names:
                (folder / name).unlink(missing_ok=True)
        except OSError as error:  # of a full disk does not say where
            raise OSError(
                error.errno, error.strerror, printable(error.filename or folder)
            ) from error
        yield


def default_folder(file: Path, names: Iterable[str]) -> Path:
    """Return the folder for a file's outputs: its name without the suffix, or with it if that one is taken.

    Example:
        >>> default_folder(Path("/videos/party.mp4"), ["timeline.csv"])
        PosixPath('party')
    """
    names = tuple(names)
    folder = Path(file.stem)
    try:
        check(folder, file, names)
    except OutputError:
        # Of another video of this name (party.mp4, party.mov), or the file itself, which has no suffix.
        folder = Path(f"{file.stem}_{file.suffix[1:] or 'video'}")
    return folder


def _made_from(folder: Path, source: Path) -> set[str]:
    """Return the names of files that this command has made from the source."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return set(record["files"]) if record["source"] == _identity(source) else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _identity(source: Path) -> str:
    return printable(os.path.realpath(source))
