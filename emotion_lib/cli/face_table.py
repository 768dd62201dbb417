"""The CSV file of ``emotion predict``, whose rows are written whole or not at all."""

import csv
import io
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ..files import printable, same_file
from .output_folder import OutputError


class FaceTable:
    """A CSV file of faces that grows picture by picture.

    The rows of a picture are written at once and without a buffer. An interruption or a full disk
    costs at most the current picture, and what was written of its rows is removed again.

    Args:
        path: file to write, or a device such as /dev/stdout. An existing file is replaced only if
            it is such a table.
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
                f"Expected a file that can be written for --csv. Received: {printable(path)}: "
                f"{error}. Choose another."
            ) from error

    def __enter__(self) -> "FaceTable":
        return self

    def __exit__(self, *exception) -> None:
        self._file.close()

    def write(self, rows: Iterable[dict]) -> None:
        """Append the rows of one picture.

        Raises:
            OSError: the disk is full, for example; the file then ends with the previous picture.
        """
        text = io.StringIO(newline="")
        csv.DictWriter(text, self._columns, restval="").writerows(rows)
        self._append(text.getvalue().encode())

    def _append(self, data: bytes) -> None:
        remaining = data
        try:
            while remaining:
                written = self._file.write(remaining)
                remaining = remaining[written:]
        except BaseException:
            with suppress(OSError):  # a device cannot be truncated
                self._file.truncate(self._size)
                self._file.seek(self._size)
            raise
        self._size += len(data)


def check_table(path: Path, pictures: Iterable[Path] = ()) -> None:
    """Check that a table may be written to a path.

    Args:
        path: the file to write.
        pictures: files that must not be replaced, by whatever name.

    Raises:
        OutputError: it is a folder, one of the pictures, or a file that is not a table of faces.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return  # it does not exist, or cannot be opened either, which will say why
    expected = (
        "Expected a new file for --csv, or a table of an earlier run, which is replaced. Received:"
    )
    if stat.S_ISDIR(mode):
        raise OutputError(f"{expected} the folder {printable(path)}. Name a file in it.")
    if any(same_file(path, picture) for picture in pictures):
        raise OutputError(
            f"{expected} {printable(path)}, which is one of the pictures. Choose another name."
        )
    # Nothing is replaced in /dev/stdout or a pipe.
    is_stream = stat.S_ISCHR(mode) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
    if not is_stream and not _is_table(path):
        raise OutputError(
            f"{expected} {printable(path)}, which holds something else. Choose another name."
        )


def _is_table(path: Path) -> bool:
    """Return whether a file is empty or begins with the columns of every table of faces."""
    from ..inference.tables import FIRST_COLUMNS

    header = ",".join(FIRST_COLUMNS).encode()
    try:
        with path.open("rb") as file:
            start = file.read(len(header) + 1)
    except OSError:
        return False
    return not start or (start[:-1] == header and start[-1:] in b",\r\n")
