"""Annotated copies of pictures, which never replace a picture or any other file."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..files import atomic_file, digest_of, printable
from .output_folder import OutputError

if TYPE_CHECKING:
    import numpy as np

# A comment in the JPEG file identifies a copy; 16 hex digits for the path of its picture follow.
_MARK = b"emotion predict --annotate, of "


class AnnotatedCopies:
    """A folder of annotated copies of pictures, as JPEG.

    A copy has the name of its picture. A number is appended if that name is taken: by a picture to
    read, by the copy of another picture of the same name, or by any other file. A copy that an
    earlier run has made of the same picture is replaced.

    Args:
        folder: created when the first copy is written.
        pictures: all pictures to read.

    Raises:
        OutputError: the folder is a file.
    """

    def __init__(self, folder: Path, pictures: Iterable[Path]):
        if os.path.lexists(folder) and not folder.is_dir():
            raise OutputError(
                f"Expected a folder for --annotate. Received: {printable(folder)}, a file. Choose "
                "another --annotate."
            )
        self._folder = folder
        self._inputs = {_identity(picture) for picture in pictures} - {None}
        self._written: set[str] = set()

    def __len__(self) -> int:
        return len(self._written)

    def write(self, picture: Path, image: "np.ndarray") -> Path:
        """Write the annotated copy of a picture, whole or not at all.

        Args:
            picture: the path it was read from.
            image: uint8 RGB ``(height, width, 3)``.

        Returns:
            The path of the copy.

        Raises:
            OSError: it cannot be written.
            ValueError: it is too large for JPEG.
        """
        from PIL import Image

        self._folder.mkdir(parents=True, exist_ok=True)
        mark = _mark_of(picture)
        target = self._target(picture, mark)
        with atomic_file(target) as temporary:
            Image.fromarray(image).save(temporary, "JPEG", quality=92, comment=mark)
        self._written.add(target.name.casefold())
        return target

    def _target(self, picture: Path, mark: bytes) -> Path:
        target = self._folder / f"{picture.stem}.jpg"
        number = 1
        while not self._may_write(target, mark):
            number += 1
            target = self._folder / f"{picture.stem}-{number}.jpg"
        return target

    def _may_write(self, target: Path, mark: bytes) -> bool:
        # macOS and Windows treat A.jpg and a.jpg as one file.
        if target.name.casefold() in self._written:
            return False
        if not os.path.lexists(target):
            return True
        return _identity(target) not in self._inputs and _comment(target) == mark


def is_copy(path: Path) -> bool:
    """Return whether a file is an annotated copy, as :class:`AnnotatedCopies` writes them."""
    return _comment(path).startswith(_MARK)


def _mark_of(picture: Path) -> bytes:
    """Return the comment of a picture's copy: a digest, so that the copy reveals no path."""
    path = os.fsencode(os.path.realpath(picture))
    return _MARK + digest_of(path, length=16).encode()


def _comment(path: Path) -> bytes:
    """Return the comment of a JPEG file; empty for any other file."""
    from PIL import Image

    if path.is_symlink() or not path.is_file():
        return b""
    try:
        with Image.open(path, formats=["JPEG"]) as image:
            return image.info.get("comment", b"")
    except Exception:  # whatever is wrong with the file, this command has not written it
        return b""


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what all names of a file share; None if there is no such file."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
