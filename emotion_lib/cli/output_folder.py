"""Output folders in which a command replaces only what it has written itself."""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import EmotionError
from ..files import exclusive, printable, same_file, write_text

SOURCE_FILE = ".source.json"  # names the input that the other files were made from


class OutputError(EmotionError, ValueError):
    """An output that would replace another file, or cannot be opened."""


def check(folder: Path, source: Path | None, names: Iterable[str]) -> None:
    """Refuse a folder in which an output would replace a file of another origin.

    Args:
        folder: need not exist.
        source: the file that is read; None for a camera. A camera's recording cannot be repeated,
            so none is replaced.
        names: of the files that will be written.

    Raises:
        OutputError: a file of such a name exists, and was not made from this source.
    """
    check_is_folder(folder)
    names = tuple(names)
    for name in names:
        if source and same_file(folder / name, source):
            raise OutputError(
                "Expected --out to be a folder in which no output replaces the input. Received: "
                f"{printable(folder)}, whose {name} is the input. Choose another --out."
            )
    made_from_source = _made_from(folder, source) if source else set()
    for name in names:
        if os.path.lexists(folder / name) and name not in made_from_source:
            raise OutputError(
                "Expected --out to be a folder without files of another origin. Received: "
                f"{printable(folder)}, whose {name} was not made from this source. "
                "Choose another --out."
            )


def check_is_folder(folder: Path) -> None:
    """Refuse an output folder that is a file.

    Raises:
        OutputError: there is something of this name that is no folder.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        raise OutputError(
            f"Expected a folder to write to. Received: {printable(folder)}, a file. "
            "Choose another --out."
        )


@contextlib.contextmanager
def claimed(folder: Path, source: Path | None, names: Iterable[str]) -> Iterator[None]:
    """Hold a folder for this process, without the earlier outputs of the same source.

    They are removed so that the files of two runs are never mixed.

    Args:
        folder: created if it does not exist.
        source: the file that is read; None for a camera, as for :func:`check`.
        names: of the files that will be written.

    Raises:
        OutputError: see :func:`check`.
        FolderInUseError: another process writes to the folder.
        OSError: the folder cannot be created or written to; the message names it.
    """
    names = tuple(names)
    check(folder, source, names)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(exclusive(folder, "reading a video"))
            check(folder, source, names)  # another process may have written in the meantime
            if source:
                files = sorted(_made_from(folder, source) | set(names))
                content = {"source": _identity(source), "files": files}
                write_text(folder / SOURCE_FILE, json.dumps(content, indent=1))
            for name in names:
                (folder / name).unlink(missing_ok=True)
        except OSError as error:
            # The error of a full disk does not name the file.
            raise OSError(
                error.errno, error.strerror, printable(error.filename or folder)
            ) from error
        yield


def default_folder(file: Path, names: Iterable[str]) -> Path:
    """Return the folder for a video's outputs: its name without suffix, or with it if taken.

    Example:
        >>> default_folder(Path("/videos/party.mp4"), ["timeline.csv"])
        PosixPath('party')
    """
    names = tuple(names)
    folder = Path(file.stem)
    try:
        check(folder, file, names)
    except OutputError:
        # Of another video of this name (party.mp4, party.mov), or a video without a suffix.
        folder = Path(f"{file.stem}_{file.suffix[1:] or 'video'}")
    return folder


def _made_from(folder: Path, source: Path) -> set[str]:
    """Return the names of the files that this command has made from the source."""
    try:
        content = json.loads((folder / SOURCE_FILE).read_text(encoding="utf-8"))
        return set(content["files"]) if content["source"] == _identity(source) else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _identity(source: Path) -> str:
    return printable(os.path.realpath(source))
