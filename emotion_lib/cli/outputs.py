"""Output files of the commands: which existing files they may replace, and a table whose rows are whole or not there.

An output never replaces a picture, a model or anything else that the same command has not written before. What it has
written is recognised by its content: a table by its header, an annotated copy by a comment in the file, an evaluation by its
keys.
"""

import csv
import io
import json
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ..errors import EmotionError
from ..files import atomic_file, digest_of, printable, same_file

_COPY_MARK = b"emotion predict --annotate, of "  # and 16 hex digits for the original's path


class OutputError(EmotionError, ValueError):
    """An output that would replace a file of somebody else's, or cannot be opened."""


class Table:
    """A CSV file of faces that grows picture by picture.

    The rows of a picture are written at once and without a buffer. An interruption or a full disk costs at most the picture
    at hand: what was written of its rows is taken back.

    Args:
        path: file to write, or a device such as /dev/stdout. An existing file is replaced only if it is such a table.
        class_names: of the model; one column per class.

    Raises:
        OutputError: the file holds something else, or cannot be opened or written.
    """

    def __init__(self, path: Path, class_names: tuple[str, ...]):
        from ..inference.tables import columns

        check_table(path)
        self._columns = columns(class_names)
        self._size = 0  # bytes of whole rows
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb", buffering=0)
            self.write([dict(zip(self._columns, self._columns, strict=True))])
        except OSError as error:
            raise OutputError(
                f"Expected a file that can be written for --csv. Received: {printable(path)}: {error}. Choose another."
            ) from error

    def __enter__(self) -> "Table":
        return self

    def __exit__(self, *exception) -> None:
        self._file.close()

    def write(self, rows: Iterable[dict]) -> None:
        """Append the rows of one picture.

        Raises:
            OSError: the disk is full, for example; the file then ends with the picture before.
        """
        text = io.StringIO(newline="")
        csv.DictWriter(text, self._columns, restval="").writerows(rows)
        self._append(text.getvalue().encode())

    def _append(self, data: bytes) -> None:
        left = data
        try:
            while left:
                left = left[self._file.write(left) :]
        except BaseException:
            with suppress(OSError):  # a device cannot be cut
                self._file.truncate(self._size)
                self._file.seek(self._size)
            raise
        self._size += len(data)


def check_table(path: Path, pictures: Iterable[Path] = ()) -> None:
    """Check that a table may be written to a path.

    Raises:
        OutputError: it is a folder, one of the pictures, or a file that is no table of faces.
    """
    try:
        status = os.stat(path)
    except OSError:
        return  # it does not exist, or cannot be opened either, which will say why
    expected = (
        "Expected a new file for --csv, or a table of an earlier run, which is replaced. Received: "
    )
    if stat.S_ISDIR(status.st_mode):
        raise OutputError(f"{expected}the folder {printable(path)}. Name a file in it.")
    if any(same_file(path, picture) for picture in pictures):
        raise OutputError(
            f"{expected}{printable(path)}, which is one of the pictures. Choose another name."
        )
    streams = (
        stat.S_ISCHR,
        stat.S_ISFIFO,
        stat.S_ISSOCK,
    )  # /dev/stdout, a pipe: nothing is replaced
    if not any(is_kind(status.st_mode) for is_kind in streams) and not _is_table(path):
        raise OutputError(
            f"{expected}{printable(path)}, which holds something else. Choose another name."
        )


def _is_table(path: Path) -> bool:
    """Return whether a file is empty or begins with the columns that every table of faces begins with."""
    from ..inference.tables import columns

    header = ",".join(columns()).encode()
    try:
        with path.open("rb") as file:
            start = file.read(len(header) + 1)
    except OSError:
        return False
    return not start or (start[:-1] == header and start[-1:] in b",\r\n")


class AnnotatedCopies:
    """A folder of annotated copies of pictures, as JPEG.

    A copy has its picture's name, with a number behind it if that name is taken: by a picture to read, by the copy of
    another picture of the same name, or by any other file. A copy that an earlier run has made of the same picture is
    replaced.

    Args:
        folder: is made when the first copy is written.
        pictures: all pictures to read.
    """

    def __init__(self, folder: Path, pictures: Iterable[Path]):
        self._folder = folder
        self._inputs = {identity for picture in pictures if (identity := _identity(picture))}
        self._written: set[str] = set()

    def __len__(self) -> int:
        return len(self._written)

    def write(self, picture: Path, image) -> Path:
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
        mark = _mark(picture)
        target = self._target(picture, mark)
        with atomic_file(target) as temporary:
            Image.fromarray(image).save(temporary, "JPEG", quality=92, comment=mark)
        self._written.add(target.name.casefold())
        return target

    def _target(self, picture: Path, mark: bytes) -> Path:
        target = self._folder / f"{picture.stem}.jpg"
        number = 1
        while not self._is_free(target, mark):
            number += 1
            target = self._folder / f"{picture.stem}-{number}.jpg"
        return target

    def _is_free(self, target: Path, mark: bytes) -> bool:
        if (
            target.name.casefold() in self._written
        ):  # macOS and Windows take A.jpg and a.jpg for one
            return False
        if not os.path.lexists(target):
            return True
        return _identity(target) not in self._inputs and _comment(target) == mark


def is_copy(path: Path) -> bool:
    """Return whether a file is an annotated copy, as :class:`AnnotatedCopies` writes them."""
    return _comment(path).startswith(_COPY_MARK)


def _mark(picture: Path) -> bytes:
    # A digest, so that the copy does not contain a path of the user's machine.
    return _COPY_MARK + digest_of(os.fsencode(os.path.realpath(picture)), length=16).encode()


def _comment(path: Path) -> bytes:
    """Return the comment of a JPEG file; empty for any other file."""
    from PIL import Image

    if path.is_symlink() or not path.is_file():
        return b""
    try:
        with Image.open(path, formats=["JPEG"]) as image:
            return image.info.get("comment", b"")
    except Exception:  # whatever is wrong with it, this command has not written it
        return b""


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def check_evaluation(folder: Path) -> None:
    """Check that metrics.json and confusion.png may be written to a folder.

    Raises:
        OutputError: it holds files of these names that no earlier ``emotion evaluate`` has written.
    """
    metrics = folder / "metrics.json"
    try:
        found = json.loads(metrics.read_bytes())
        ours = isinstance(found, dict) and {"model", "data", "accuracy", "n"} <= found.keys()
    except (OSError, ValueError):
        ours = False
    for path in (metrics, folder / "confusion.png"):
        if os.path.lexists(path) and not ours:
            raise OutputError(
                f"Expected a new folder for --out, or that of an earlier evaluation, which is replaced. Received: "
                f"{printable(folder)}, whose {path.name} is of another origin. Choose another --out."
            )
