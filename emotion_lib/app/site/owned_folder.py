"""Output folders in which only files that were written by this library are replaced."""

import json
from collections.abc import Mapping
from pathlib import Path

from ...errors import EmotionError
from ...files import atomic_file, printable, write_text

# Names the files that were written. Others in the folder, such as those of git, are left alone.
LIST_FILE = "files.json"


class OutputFolderError(EmotionError, ValueError):
    """A folder in which a file of another origin would be replaced."""


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files to a folder, and delete those that were written before and are no longer wanted.

    Args:
        folder: made if it does not exist.
        files: content by the path in the folder.

    Raises:
        OutputFolderError: the folder is a file, or holds a file of another origin by one of these
            names.
        OSError: it cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputFolderError(
            f"Expected a folder to write to. Received: {printable(folder)}, a file. "
            "Choose another --out."
        )
    before = _written_before(folder)
    for name in (*files, LIST_FILE):
        if (folder / name).exists() and name not in before:
            raise OutputFolderError(
                "Expected --out to be a new folder, or one that this command wrote. Received: "
                f"{printable(folder)}, whose {name} is of another origin. Choose another --out."
            )
    folder.mkdir(parents=True, exist_ok=True)
    # First, so that an interrupted call can be repeated.
    write_text(folder / LIST_FILE, json.dumps(sorted({*before, *files, LIST_FILE}), indent=1))
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(folder / name) as temporary:
            temporary.write_bytes(content)
    for name in before - {*files, LIST_FILE}:
        (folder / name).unlink(missing_ok=True)
    write_text(folder / LIST_FILE, json.dumps(sorted({*files, LIST_FILE}), indent=1))


def _written_before(folder: Path) -> set[str]:
    """Return the paths of the files that an earlier call wrote to a folder."""
    try:
        names = json.loads((folder / LIST_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    if not isinstance(names, list):
        return set()
    # A path that leads out of the folder was not written by this library.
    return {name for name in names if isinstance(name, str) and not _leads_out(name)}


def _leads_out(name: str) -> bool:
    return Path(name).is_absolute() or ".." in Path(name).parts
