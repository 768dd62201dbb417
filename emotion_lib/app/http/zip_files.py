"""Pictures in zip files, which are unpacked in memory within limits."""

import io
import zipfile
import zlib
from collections.abc import Callable
from typing import NamedTuple

from ...files import printable
from ...files.thread_lock import Lock
from ..errors import RequestError
from ..settings import Settings

SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")  # of a zip file, and of an empty one
ENTRY = b"PK\x01\x02"  # of each member in the list at the end
MAX_NAME = 120  # characters of a name that are shown
_CHUNK = 2**16


class Source(NamedTuple):
    """A picture of a request.

    Attributes:
        name: of the visitor's file, without folders.
        read: returns its bytes; it raises a RequestError if they cannot be had.
    """

    name: str
    read: Callable[[], bytes]


def shown_name(name: str) -> str:
    r"""Return a visitor's file name without folders and without what cannot be printed.

    Example:
        >>> shown_name("../../etc/a\nb.jpg")
        'a b.jpg'
    """
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    text = "".join(letter if letter.isprintable() else " " for letter in printable(last))
    return text.strip()[:MAX_NAME] or "picture"


def is_zip(content: bytes) -> bool:
    """Return whether a file is a zip file, whatever its name is."""
    return content.startswith(SIGNATURES)


def members(name: str, content: bytes, settings: Settings) -> list[Source]:
    """Return the files in a zip file, which are unpacked when they are read.

    Folders, hidden files and what macOS adds are left out.

    Raises:
        RequestError: the file is damaged, or has too many members, or none that is left.
    """
    # Before they are listed: 200 MB can name four million, which take minutes and gigabytes.
    _check_count(name, content.count(ENTRY), settings.zip_members)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        found = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise RequestError(
            f"Expected a complete zip file in {name}. Received: a damaged one ({error}). "
            "Pack or download it again."
        ) from error
    unpacking = _Unpacking(name, archive, settings.zip_bytes)
    sources = []
    for member in found:
        if not member.is_dir() and not _is_hidden(member.filename):
            sources.append(Source(shown_name(member.filename), unpacking.reader(member)))
    if not sources:
        raise RequestError(
            f"Expected pictures in {name}. Received: a zip file without any. Add some."
        )
    return sources


def _check_count(name: str, count: int, most: int) -> None:
    if count > most:
        raise RequestError(
            f"Expected at most {most} members in {name}. Received: {count}. "
            "Split it into several zip files."
        )


def _is_hidden(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return parts[0] == "__MACOSX" or parts[-1].startswith(".")


class _Unpacking:
    """An open zip file, with the bytes that may still be unpacked from it.

    They are counted while they are unpacked, as a header can promise any number.
    """

    def __init__(self, name: str, archive: zipfile.ZipFile, most: int):
        self._name = name
        self._archive = archive
        self._most = most
        self._left = most
        self._lock = Lock()

    def reader(self, member: zipfile.ZipInfo) -> Callable[[], bytes]:
        """Return a function that unpacks a member."""
        return lambda: self._read(member)

    def _read(self, member: zipfile.ZipInfo) -> bytes:
        name = shown_name(member.filename)
        if member.flag_bits & 1:
            raise RequestError(
                f"Expected {name} without a password in {self._name}. Received: an encrypted "
                "file. Pack it without a password."
            )
        parts = []
        try:
            with self._archive.open(member) as file:
                while part := file.read(_CHUNK):
                    self._count(len(part))
                    parts.append(part)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise RequestError(
                f"Expected a complete {name} in {self._name}. Received: a damaged one ({error}). "
                "Pack or download it again."
            ) from error
        content = b"".join(parts)
        if is_zip(content):
            raise RequestError(
                f"Expected pictures in {self._name}. Received: a zip file in it, {name}. "
                "Send it by itself."
            )
        return content

    def _count(self, size: int) -> None:
        with self._lock:
            self._left -= size
            left = self._left
        if left < 0:
            raise RequestError(
                f"Expected at most {self._most:,} bytes in {self._name} when it is unpacked. "
                "Received: more. Split it into several zip files, or scale the pictures down."
            )
