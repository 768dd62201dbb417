"""The image files of a folder: one rule for every reader, and a count of what is skipped."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# Suffixes of the formats that `read_image` decodes.
PICTURE_SUFFIXES = frozenset(
    {
        ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".heic", ".heif", ".hif",
        ".gif", ".bmp", ".dib", ".tif", ".tiff", ".jp2", ".j2k", ".jpx", ".pgm", ".ppm", ".pbm",
        ".pnm", ".tga",
    }
)  # fmt: skip
# Files that are often stored beside images, and that users do not expect to be read.
_COMPANIONS = frozenset(
    {
        ".csv", ".txt", ".json", ".md", ".html", ".xml", ".db", ".ini", ".yml", ".yaml", ".npz",
        ".parquet",
    }
)  # fmt: skip


@dataclass
class PictureFiles:
    """The image files of a folder.

    Attributes:
        files: sorted paths, each beginning with the folder's.
        skipped: reason -> number of files or folders that were skipped for it, such as
            ``{"hidden": 2, ".mp4": 1}``.
    """

    files: list[Path] = field(default_factory=list)
    skipped: Counter = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[Path]:
        return iter(self.files)

    def note(self) -> str | None:
        """Return a sentence on skipped files, or None if there were none of interest."""
        reasons = sorted(set(self.skipped) - _COMPANIONS)
        if not reasons:
            return None
        return "skipped: " + ", ".join(f"{self.skipped[name]} {name}" for name in reasons)


def is_hidden(name: str) -> bool:
    """Return whether a file or folder is skipped for its name.

    Such a name begins with a dot, or is ``__MACOSX``, which macOS adds to archives.

    Example:
        >>> is_hidden("._1.png"), is_hidden("1.png")
        (True, False)
    """
    return name.startswith(".") or name == "__MACOSX"


def find_pictures(folder: str | os.PathLike) -> PictureFiles:
    """Return the image files of a folder and of the folders in it, including linked ones.

    Hidden files and folders are skipped, see :func:`is_hidden`. Each folder is read once, even if
    several links lead to it.

    Raises:
        NotADirectoryError: the path is no folder, or does not exist.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NotADirectoryError(f"Expected a folder. Received: {folder}.")
    found = PictureFiles()
    found.files = sorted(_walk(folder, found.skipped, set()))
    return found


def _walk(folder: Path, skipped: Counter, seen: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        status = folder.stat()
        entries = list(os.scandir(folder))
    except OSError:
        skipped["unreadable folders"] += 1
        return
    identity = (status.st_dev, status.st_ino)
    if identity in seen:
        skipped["folders that are linked twice"] += 1
        return
    seen.add(identity)
    for entry in entries:
        suffix = Path(entry.name).suffix.lower()
        if is_hidden(entry.name):
            skipped["hidden"] += 1
        elif entry.is_dir():
            yield from _walk(folder / entry.name, skipped, seen)
        elif entry.is_symlink() and not entry.is_file():
            skipped["dangling links"] += 1
        elif not entry.is_file():
            skipped["special files (pipe, device, socket)"] += 1
        elif suffix in PICTURE_SUFFIXES:
            yield folder / entry.name
        else:
            skipped[suffix or "without a suffix"] += 1
