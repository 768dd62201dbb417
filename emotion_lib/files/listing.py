"""Which files of a folder are pictures: one answer for every reader, and a count of what is passed over."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# What `read_image` decodes, by the suffixes that these formats go by.
PICTURE_SUFFIXES = frozenset(
    {
        ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".gif", ".bmp", ".dib", ".tif", ".tiff",
        ".jp2", ".j2k", ".jpx", ".pgm", ".ppm", ".pbm", ".pnm", ".tga",
    }
)  # fmt: skip
# What a folder of pictures may hold without anybody expecting it to be read.
_COMPANIONS = frozenset(
    {
        ".csv",
        ".txt",
        ".json",
        ".md",
        ".html",
        ".xml",
        ".db",
        ".ini",
        ".yml",
        ".yaml",
        ".npz",
        ".parquet",
    }
)


@dataclass
class PictureFiles:
    """The picture files of a folder.

    Attributes:
        files: paths below the folder, sorted.
        passed_over: reason -> number of files or folders that were not read, such as ``{"hidden": 2, ".mp4": 1}``.
    """

    files: list[Path] = field(default_factory=list)
    passed_over: Counter = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[Path]:
        return iter(self.files)

    def note(self) -> str | None:
        """Return a sentence on what was passed over, or None if nothing was that anybody would miss."""
        missed = {reason: n for reason, n in self.passed_over.items() if reason not in _COMPANIONS}
        if not missed:
            return None
        return "passed over: " + ", ".join(f"{n} {reason}" for reason, n in sorted(missed.items()))


def is_hidden(name: str) -> bool:
    """Return whether a file or folder of this name is passed over: one that begins with a dot, or is macOS's ``__MACOSX``.

    Example:
        >>> is_hidden("._1.png"), is_hidden("1.png")
        (True, False)
    """
    return name.startswith(".") or name == "__MACOSX"


def find_pictures(folder: str | os.PathLike) -> PictureFiles:
    """Return the picture files of a folder and of the folders in it, linked ones too.

    Names that begin with a dot are hidden and passed over, files and folders alike (``.trash``, macOS's ``._1.png``), and so
    is ``__MACOSX``. Each folder is read once, by whatever links it is reached.

    Args:
        folder: a folder.

    Raises:
        NotADirectoryError: it is none, or does not exist.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NotADirectoryError(f"Expected a folder. Received: {folder}.")
    found = PictureFiles()
    found.files = sorted(_walk(folder, found.passed_over, set()))
    return found


def _walk(folder: Path, passed_over: Counter, seen: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        status = folder.stat()
        entries = list(os.scandir(folder))
    except OSError:
        passed_over["unreadable folders"] += 1
        return
    identity = (status.st_dev, status.st_ino)
    if identity in seen:
        passed_over["folders that are linked twice"] += 1
        return
    seen.add(identity)
    for entry in entries:
        if is_hidden(entry.name):
            passed_over["hidden"] += 1
        elif entry.is_dir():
            yield from _walk(folder / entry.name, passed_over, seen)
        elif not entry.is_file():
            reason = (
                "dangling links" if entry.is_symlink() else "special files (pipe, device, socket)"
            )
            passed_over[reason] += 1
        elif (suffix := Path(entry.name).suffix.lower()) in PICTURE_SUFFIXES:
            yield folder / entry.name
        else:
            passed_over[suffix or "without a suffix"] += 1
