"""Image files of any size and colour as one array, with a list of those that cannot be read."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image
from tqdm import tqdm

from .. import images
from ..files import listing, printable
from ..files.listing import PictureFiles
from ..images import ImageError, read_image, to_gray
from . import cache

Color = Literal["gray", "rgb"]
Prepare = Callable[[np.ndarray], np.ndarray]

_SHOWN = 3  # names in a note; the rest is counted


def read(
    records: Sequence[tuple[Path, Any]],
    image_size: int,
    color: Color,
    prepare: Prepare | None = None,
) -> tuple[np.ndarray, list[tuple[Path, Any]], list[str]]:
    """Read many image files, with a progress bar.

    Args:
        records: paths, each with a label of any type.
        image_size: side of the square that every image is scaled to, px; see :func:`square`.
        color: "gray" or "rgb".
        prepare: changes each RGB image before that; None: nothing.

    Returns:
        Three values: the uint8 pixels ``(n, size, size)`` or ``(n, size, size, 3)`` of every image
        that can be read; the records of these images; what is wrong with the others.
    """
    arrays = []
    kept = []
    problems = []
    for path, label in tqdm(records, desc="reading pictures", disable=len(records) < 500):
        try:
            pixels = read_image(path)
        except (ImageError, OSError) as error:
            problems.append(f"{path}: {error}")
            continue
        if prepare is not None:
            pixels = prepare(pixels)
        arrays.append(square(pixels, image_size, color))
        kept.append((path, label))
    return stacked(arrays, image_size, color), kept, problems


def stacked(arrays: Sequence[np.ndarray], size: int, color: Color) -> np.ndarray:
    """Return square images as one uint8 array, which keeps its shape if there are none."""
    if arrays:
        return np.stack(arrays)
    return np.zeros((0, size, size) if color == "gray" else (0, size, size, 3), np.uint8)


def square(rgb: np.ndarray, size: int, color: Color) -> np.ndarray:
    """Return the middle square of an RGB image, scaled to ``size`` px.

    Args:
        rgb: uint8 ``(height, width, 3)``.
        size: side of the result, px.
        color: "gray" or "rgb".
    """
    height, width = rgb.shape[:2]
    side = min(height, width)
    top = (height - side) // 2
    left = (width - side) // 2
    return scaled(rgb[top : top + side, left : left + side], size, color)


def scaled(rgb: np.ndarray, size: int, color: Color) -> np.ndarray:
    """Return an RGB image stretched to a square of ``size`` px, in "gray" or "rgb"."""
    pixels = to_gray(rgb) if color == "gray" else rgb
    # Pillow's filters average over the pixels they drop; the predictor scales its crops alike.
    return np.asarray(Image.fromarray(pixels).resize((size, size), Image.Resampling.BICUBIC))


def code(*modules: str) -> str:
    """Return the version of the code that reads image files, and of further modules.

    See :func:`emotion_lib.datasets.cache.version`.
    """
    return cache.version(__name__, images.__name__, listing.__name__, *modules)


def skipped(found: PictureFiles) -> tuple[str, ...]:
    """Return a data set's note on the files in its folders that it does not read, if any."""
    note = found.note()
    return () if note is None else (printable(note),)


def notes(problems: Sequence[str], duplicates: Sequence[str] = ()) -> tuple[str, ...]:
    """Return a data set's notes on images that it cannot read, or holds twice."""
    found = []
    if problems:
        found.append(_note("could not be read", problems))
    if duplicates:
        found.append(_note("left out as identical", duplicates))
    return tuple(found)


def _note(fault: str, listed: Sequence[str]) -> str:
    more = f", and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return printable(f"{len(listed)} pictures {fault}: {'; '.join(listed[:_SHOWN])}{more}")
