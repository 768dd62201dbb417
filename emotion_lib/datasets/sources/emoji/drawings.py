"""Vendors' drawings of emoji, in the layout of the npm packages ``emoji-datasource-<vendor>``."""

import json
import os
import zipfile
from pathlib import Path
from typing import TypedDict

import numpy as np

from ....images import ImageError, read_image
from ... import picture_files
from ...dataset import DataError

EMBEDDED = Path(__file__).with_name("emoji_images.zip")


class Entry(TypedDict):
    """One emoji in ``emoji.json``: ``unified``, its code point, and ``image``, its file name."""

    unified: str
    image: str


class Drawings:
    """``emoji.json`` and ``img/<vendor>/64/<image>`` in a folder or zip, of one or more vendors.

    Args:
        source: the folder or zip; None: the embedded selection.

    Raises:
        DataError: the source is neither.
    """

    def __init__(self, source: str | os.PathLike | None = None) -> None:
        self.path = Path(source or EMBEDDED).expanduser()
        self._zip = None
        if self.path.is_dir():
            files = [path for path in self.path.rglob("*") if path.is_file()]
            self._names = [path.relative_to(self.path).as_posix() for path in files]
        elif self.path.is_file() and zipfile.is_zipfile(self.path):
            self._zip = zipfile.ZipFile(self.path)
            self._names = self._zip.namelist()
        else:
            raise DataError(
                "Expected a folder or zip with emoji.json and img/<vendor>/64/*.png. "
                f"Received: {self.path}, which is none. `npm pack emoji-datasource-google` "
                "fetches one vendor's; unpack several beside each other."
            )

    def __enter__(self) -> "Drawings":
        return self

    def __exit__(self, *error: object) -> None:
        if self._zip:
            self._zip.close()

    def entries(self) -> list[Entry]:
        """Return all emoji of ``emoji.json``, sorted by code point.

        Raises:
            DataError: the file is missing, or has other fields.
        """
        tables = [name for name in self._names if name.split("/")[-1] == "emoji.json"]
        if not tables:
            raise DataError(
                f"Expected emoji.json in {self.path}. "
                f"Received: {len(self._names)} files, and none of this name."
            )
        file = min(tables, key=len)
        found: list[Entry] = []
        try:
            for entry in json.loads(self._bytes(file)):
                found.append({"unified": entry["unified"], "image": entry["image"]})
            return sorted(found, key=lambda entry: entry["unified"])
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                "Expected emoji.json with `unified` and `image` for each emoji. "
                f"Received: {self.path}/{file} ({error!r})."
            ) from error

    def vendors(self) -> tuple[str, ...]:
        """Return the names of the vendors, sorted."""
        found = set()
        for name in self._names:
            parts = name.split("/")
            if parts[-4:-3] == ["img"] and parts[-2] == "64":
                found.add(parts[-3])
        return tuple(sorted(found))

    def file(self, vendor: str, entry: Entry) -> bytes | None:
        """Return the image file of an emoji, or None if the vendor does not draw it."""
        ending = _file_name(vendor, entry)
        for name in self._names:
            if name == ending or name.endswith("/" + ending):
                return self._bytes(name)
        return None

    def image(self, vendor: str, entry: Entry, size: int) -> np.ndarray | None:
        """Return the gray image of an emoji, or None if the vendor does not draw it.

        Args:
            vendor: one of :meth:`vendors`.
            entry: one of :meth:`entries`.
            size: px per side.

        Raises:
            DataError: the file cannot be read.
        """
        content = self.file(vendor, entry)
        if content is None:
            return None
        try:
            return picture_files.scaled(read_image(content), size, "gray")
        except ImageError as error:
            raise DataError(
                f"Expected a picture at {_file_name(vendor, entry)} in {self.path}. "
                f"Received: {error}"
            ) from error

    def _bytes(self, name: str) -> bytes:
        return self._zip.read(name) if self._zip else (self.path / name).read_bytes()


def _file_name(vendor: str, entry: Entry) -> str:
    return f"img/{vendor}/64/{entry['image']}"
