"""A folder of Parquet files that several runs fill, and that holds no torn file."""

import contextlib
import json
import os
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from .. import files
from ..files.listing import is_hidden
from .picture_sources import EngineError, is_uri
from .tables import columns

if TYPE_CHECKING:
    import pyarrow as pa

NOTE_NAME = "_made_by.json"  # readers of Parquet ignore names with a leading underscore
_COLUMNS = "columns"  # key in the note: the columns before those of the classes


def table_schema(class_names: tuple[str, ...]) -> "pa.Schema":
    """Return the types of the columns, which are the same for a block without any face."""
    import pyarrow as pa

    types = dict.fromkeys(("file", "status", "error", "label", "quality"), pa.string())
    types["face"] = pa.int32()
    return pa.schema([(name, types.get(name, pa.float64())) for name in columns(class_names)])


class ParquetFolder:
    """The output folder of a run. Files appear in it whole; none is deleted or replaced.

    Args:
        out: local path, or URI of a filesystem that PyArrow writes.

    Raises:
        EngineError: it cannot be used; so do all methods.
    """

    def __init__(self, out: str):
        from pyarrow import fs

        self._local = not is_uri(out)
        self._out = os.path.abspath(os.path.expanduser(out)) if self._local else out
        try:
            self._out.encode()
            if self._local:
                self._filesystem = fs.LocalFileSystem()
                self._folder = self._out
            else:
                self._filesystem, self._folder = fs.FileSystem.from_uri(self._out)
        except (OSError, ValueError) as error:  # UnicodeEncodeError is a ValueError
            raise EngineError(
                "Expected a folder for --out, with a name in UTF-8. "
                f"Received: {files.printable(out)}: {error}"
            ) from error

    def __str__(self) -> str:
        return self._out

    def exclusive(self) -> contextlib.AbstractContextManager:
        """Make the folder and hold it for this process; remote filesystems have no locks."""
        with self._explained():
            self._filesystem.create_dir(self._folder, recursive=True)
        if self._local:
            return files.exclusive(self._folder, "emotion predict")
        return contextlib.nullcontext()

    def check(self, made_by: dict | None = None) -> bool:
        """Return whether an earlier run has used the folder; change nothing.

        Args:
            made_by: model, detector and threshold, which must be those of the earlier run; None
                compares nothing.

        Raises:
            EngineError: it is a file, cannot be read, or holds other files, or the results of
                another model or with other columns.
        """
        with self._explained():
            if not self._has_note():
                return False
            with self._filesystem.open_input_file(f"{self._folder}/{NOTE_NAME}") as file:
                before = json.loads(file.read())
        if not isinstance(before, dict) or before.pop(_COLUMNS, None) != list(columns()):
            raise EngineError(
                f"Expected a folder with the columns of this version. Received: {self}, which "
                "another version has begun. Choose another --out."
            )
        if made_by is not None and before != made_by:
            raise EngineError(
                f"Expected the model, detector and threshold that {self} was begun with: {before}. "
                f"Received: {made_by}. Choose another --out."
            )
        return True

    def _has_note(self) -> bool:
        """Return whether the folder holds the note of an earlier run; it may be missing or empty.

        Raises:
            EngineError: it is a file, or holds other files.
        """
        from pyarrow import fs

        info = self._filesystem.get_file_info(self._folder)
        if info.type == fs.FileType.NotFound:
            return False
        if info.type == fs.FileType.File:
            raise EngineError(
                "Expected a folder for --out, of Parquet files. "
                f"Received: the file {self}. Choose another."
            )
        entries = self._filesystem.get_file_info(fs.FileSelector(self._folder))
        names = [entry.base_name for entry in entries]
        if NOTE_NAME in names:
            return True
        others = sorted(name for name in names if not is_hidden(name))
        if others:
            raise EngineError(
                "Expected a new or empty folder for --out, or one of an earlier run. "
                f"Received: {self}, which holds {others[0]} and no {NOTE_NAME}. "
                "Choose another --out."
            )
        return False

    def claim(self, made_by: dict) -> None:
        """Write into a new folder how its results are made; check it in the folder of a run.

        Args:
            made_by: model, detector and threshold.
        """
        if self.check(made_by):
            return
        with self._explained(), self._atomic_file(NOTE_NAME) as file:
            file.write(json.dumps({**made_by, _COLUMNS: columns()}).encode())

    def done(self) -> dict[str, str]:
        """Return the status of each picture in the folder, by the picture's name."""
        from pyarrow import fs

        done: dict[str, str] = {}
        with self._explained():
            for entry in self._filesystem.get_file_info(fs.FileSelector(self._folder)):
                name = entry.base_name
                if name.endswith(".parquet") and not name.startswith("_") and not is_hidden(name):
                    done.update(self._statuses(entry.path, name))
        return done

    def _statuses(self, path: str, name: str) -> dict[str, str]:
        """Return the status of each picture in one file.

        Args:
            path: of the file on its filesystem.
            name: of the file, for an error message.
        """
        import pyarrow.parquet as pq

        try:
            table = pq.read_table(path, columns=["file", "status"], filesystem=self._filesystem)
        except (OSError, ValueError, KeyError) as error:  # PyArrow's errors derive from these
            raise EngineError(
                f"Expected Parquet files of this command in {self}. "
                f"Received: {name}, which cannot be read: {error} "
                "Move it away (its pictures are then read again), or choose another --out."
            ) from error
        return dict(zip(table["file"].to_pylist(), table["status"].to_pylist(), strict=True))

    def add(self, table: "pa.Table") -> None:
        """Write a table as one more file."""
        import pyarrow.parquet as pq

        with self._atomic_file(f"{uuid.uuid4().hex}.parquet") as file:
            pq.write_table(table, file)

    @contextlib.contextmanager
    def _atomic_file(self, name: str) -> Iterator[BinaryIO]:
        """Yield a stream whose content appears as a file of the folder if the block succeeds."""
        temporary = f"{self._folder}/_partial-{uuid.uuid4().hex}"
        try:
            with self._filesystem.open_output_stream(temporary) as file:
                yield file
            self._filesystem.move(temporary, f"{self._folder}/{name}")
        except BaseException:
            with contextlib.suppress(OSError):
                self._filesystem.delete_file(temporary)
            raise

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            raise EngineError(
                f"Expected a folder to write to. Received: {self}: {error}"
            ) from error
