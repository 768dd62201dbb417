"""Lists of pictures to read, in local folders and on remote filesystems."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from ..errors import EmotionError
from ..files import printable
from ..files.listing import PICTURE_SUFFIXES, find_pictures, is_hidden


class EngineError(EmotionError, RuntimeError):
    """Error of the Ray engine, its input or its output."""


class Picture(NamedTuple):
    """A picture to read.

    Attributes:
        name: the path or URI as text; the value of the column "file".
        path: on its filesystem. Names of local files need not be UTF-8.
        uri: URI of a remote filesystem, such as "s3://bucket/photos"; empty for local files.
    """

    name: str
    path: str
    uri: str = ""


def list_pictures(sources: Iterable[str]) -> dict[str, Picture]:
    """Return the pictures of several sources by their names, each once.

    Args:
        sources: files or folders, as local paths or URIs. A local file that does not exist is
            listed too, so that reading it gives a row with the reason.

    Raises:
        EngineError: a source cannot be listed, or two names are the same as text.
    """
    named: dict[str, Picture] = {}
    for source in sources:
        for picture in _list_remote(source) if is_uri(source) else _list_local(source):
            if named.setdefault(picture.name, picture).path != picture.path:
                raise EngineError(
                    "Expected file names that differ as text. "
                    f"Received: two that read {picture.name}, one of them not in UTF-8. Rename one."
                )
    return named


def is_uri(source: str) -> bool:
    """Return whether a source is a URI and not a local path.

    Example:
        >>> is_uri("s3://bucket/x.jpg"), is_uri("12:30/x.jpg"), is_uri("photos/a://b.jpg")
        (True, False, False)
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", source) is not None


def fetch(batch: dict) -> dict:
    """Add the content of remote pictures to a batch of rows.

    Local pictures are read where they are decoded.

    Args:
        batch: columns "name", "path" (bytes) and "uri".

    Returns:
        The batch with the columns "content" (bytes, empty for local pictures) and "error" (the
        reason why a picture cannot be read, or "").
    """
    contents = []
    errors = []
    for name, path, uri in zip(batch["name"], batch["path"], batch["uri"], strict=True):
        content = b""
        error = ""
        if uri:
            try:
                content = _read_remote(uri, os.fsdecode(path))
            except Exception as problem:  # of any filesystem: it must not end the batch
                error = (
                    f"Expected a picture at {name}. Received: it cannot be read "
                    f"({type(problem).__name__}: {problem})."
                )
        contents.append(content)
        errors.append(error)
    return {**batch, "content": contents, "error": errors}


def _read_remote(uri: str, path: str) -> bytes:
    from pyarrow import fs

    filesystem, _ = fs.FileSystem.from_uri(uri)
    with filesystem.open_input_file(path) as file:
        return file.read()


def _list_local(source: str) -> Iterator[Picture]:
    """Yield the pictures below a folder, or the file itself, by absolute paths."""
    path = os.path.abspath(os.path.expanduser(source))
    files = find_pictures(path).files if os.path.isdir(path) else [path]
    for file in files:
        yield Picture(printable(file), os.fspath(file))


def _list_remote(uri: str) -> Iterator[Picture]:
    """Yield the pictures below a remote folder, or the file itself.

    Raises:
        EngineError: PyArrow cannot list it.
    """
    from pyarrow import fs

    scheme = uri.split("://")[0]
    try:
        filesystem, top = fs.FileSystem.from_uri(uri)
        info = filesystem.get_file_info(top)
        if info.type in (fs.FileType.File, fs.FileType.NotFound):
            paths = [top]
        else:
            paths = []
            for entry in filesystem.get_file_info(fs.FileSelector(top, recursive=True)):
                if entry.type == fs.FileType.File and _is_picture(entry.path, top):
                    paths.append(entry.path)
    except (OSError, ValueError) as error:
        raise EngineError(
            f"Expected a folder or URI that PyArrow reads. Received: {uri}: {error}"
        ) from error
    for path in sorted(paths):
        yield Picture(f"{scheme}://{path}", path, uri)


def _is_picture(path: str, top: str) -> bool:
    """Return whether a file has a picture's suffix and is not hidden below ``top``."""
    below = PurePosixPath(path.removeprefix(top))
    hidden = any(is_hidden(part) for part in below.parts)
    return below.suffix.lower() in PICTURE_SUFFIXES and not hidden
