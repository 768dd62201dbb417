"""Pictures named on the command line: files, folders and patterns."""

import glob
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ..files import printable
from ..files.listing import PictureFiles, find_pictures
from .annotated_copies import is_copy


def picture_files(paths: list[str], copies_in: Path | None = None) -> PictureFiles:
    """Return the named files, the pictures in folders and the matches of patterns, each once.

    Args:
        paths: files, folders or patterns. A file that does not exist is returned too: reading it
            fails with a message.
        copies_in: folder whose annotated copies are skipped, so that a second run does not
            annotate the copies of the first.
    """
    found = PictureFiles()
    # The key is the place of a name: two links to one file are two files.
    entries: dict[tuple[str, str], Path] = {}
    folders: set[str] = set()
    real_folder = cache(os.path.realpath)
    for path in _expanded(paths):
        if not os.path.isdir(path):
            files = [path]
        elif os.path.realpath(path) in folders:
            continue
        else:
            folders.add(os.path.realpath(path))
            listing = find_pictures(path)
            files = listing.files
            found.skipped += listing.skipped
        for file in files:
            entries.setdefault((real_folder(file.parent), file.name), file)
    for (folder, _), file in entries.items():
        if copies_in and folder == real_folder(copies_in) and is_copy(file):
            found.skipped["copies of an earlier --annotate"] += 1
        else:
            found.files.append(file)
    return found


def no_pictures(paths: list[str], found: PictureFiles) -> ValueError:
    """Return the error for arguments that name no picture."""
    note = found.note()
    reason = f" ({note})" if note else ""
    return ValueError(
        f"Expected pictures. Received: none in {', '.join(map(printable, paths))}{reason}. "
        "Name files, folders or patterns."
    )


def _expanded(paths: list[str]) -> Iterator[Path]:
    """Yield files and folders as they are named, and the matches of patterns."""
    for name in map(os.path.expanduser, paths):
        if os.path.lexists(name) or not glob.has_magic(name):
            yield Path(name)
        else:
            yield from map(Path, sorted(glob.glob(name, recursive=True)))
