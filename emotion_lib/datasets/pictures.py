"""Picture files of all sizes and colours -> one array; what could not be read is named, not passed over."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from .. import images
from ..files import digest_of, digest_of_arrays, listing, printable
from ..files.listing import PictureFiles
from ..images import ImageError, read_image, to_gray
from . import cache

Prepare = Callable[[np.ndarray], np.ndarray]


def read(
    records: Sequence[tuple[Path, Any]], image_size: int, color: str, prepare: Prepare | None = None
) -> tuple[np.ndarray, list[tuple[Path, Any]], list[str]]:
    """Read many pictures, with progress.

    Args:
        records: paths, each with its label of any kind.
        image_size: every picture is scaled to this square, px; what is not square is cut to its middle first.
        color: "gray" or "rgb".
        prepare: changes each RGB picture before that.

    Returns:
        uint8 pixels ``(n, size, size)`` or ``(n, size, size, 3)`` of every picture that can be read, their records, and
        what was wrong with the others.
    """
    pictures, kept, problems = [], [], []
    for path, label in tqdm(records, desc="reading pictures", disable=len(records) < 500):
        try:
            pixels = read_image(path)
        except (ImageError, OSError) as error:
            problems.append(f"{path}: {error}")
            continue
        pixels = prepare(pixels) if prepare else pixels
        pictures.append(square(pixels, image_size, color))
        kept.append((path, label))
    shape = (0, image_size, image_size) if color == "gray" else (0, image_size, image_size, 3)
    return np.stack(pictures) if pictures else np.zeros(shape, np.uint8), kept, problems


def square(rgb: np.ndarray, size: int, color: str) -> np.ndarray:
    """The middle square of an RGB picture, in "gray" or "rgb", scaled to ``size`` px."""
    height, width = rgb.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    pixels = rgb[top : top + side, left : left + side]
    pixels = to_gray(pixels) if color == "gray" else pixels
    # Pillow's filters average over the pixels they drop; the predictor scales its crops alike.
    return np.asarray(Image.fromarray(pixels).resize((size, size), Image.Resampling.BICUBIC))


def key(files: Sequence[str | os.PathLike], options) -> str:
    """Return 16 hex digits that change with any file's name, size or times, and with the options (of JSON's types).

    The time of the last change of its entry (ctime) counts beside that of its content: unpacking and copying set the
    latter to whatever they like.
    """
    stats = []
    for file in files:
        stat = os.stat(file)
        stats.append((os.path.abspath(file), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    return digest_of(json.dumps([stats, options]), length=16)


def code(*modules: str) -> str:
    """Return the version (see :func:`emotion_lib.datasets.cache.version`) of what reads pictures, and of further modules."""
    return cache.version(__name__, images.__name__, listing.__name__, *modules)


def cached(
    folder: Path, build: Callable[[], tuple[dict, dict]], *, named: bool
) -> tuple[dict[str, np.ndarray], dict]:
    """Return the arrays of a cache folder, or build them.

    Args:
        folder: see :func:`emotion_lib.datasets.cache.place`.
        build: see :func:`emotion_lib.datasets.cache.write`.
        named: whether the folder's name tells everything. It cannot tell two unnamed functions from each other, so
            what these made is never taken for what another would make.
    """
    return (cache.read(folder) if named else None) or cache.write(folder, build)


def fingerprint(*arrays: np.ndarray) -> str:
    """16 hex digits of what arrays hold."""
    return digest_of_arrays(*arrays, length=16)


def passed_over(found: PictureFiles) -> tuple[str, ...]:
    """Return what a data set says of the files in its folders that it does not read."""
    note = found.note()
    return () if note is None else (printable(note),)


def notes(problems: Sequence[str], duplicates: Sequence[str] = ()) -> tuple[str, ...]:
    """What a data set says of pictures that it could not read or holds twice."""
    found = []
    for what, listed in (("could not be read", problems), ("left out as identical", duplicates)):
        if listed:
            more = f", and {len(listed) - 3} more" if len(listed) > 3 else ""
            found.append(printable(f"{len(listed)} pictures {what}: {'; '.join(listed[:3])}{more}"))
    return tuple(found)
