"""People of EMOTIC as arrays, cut from photographs or read from the converter's arrays."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from tqdm import tqdm

from ....images import ImageError, read_image
from ...dataset import DataError
from ...picture_files import Color, scaled, stacked
from .annotations import CLASS_NAMES, SPLITS, Person

Crop = Literal["person", "context"]
_STEMS = {"person": "body", "context": "context"}  # in the names of the converter's files


@dataclass(frozen=True)
class People:
    """The people of one split as arrays; each row is one person.

    Attributes:
        images: uint8 ``(n, size, size, 3)`` RGB or ``(n, size, size)`` gray, stretched to a square
            as in EMOTIC's papers.
        labels: bool ``(n, 26)``.
        continuous: float32 ``(n, 3)``, valence, arousal and dominance; NaN where not given.
    """

    images: np.ndarray
    labels: np.ndarray
    continuous: np.ndarray

    def __len__(self) -> int:
        return len(self.images)


def has_arrays(root: Path, crop: Crop) -> bool:
    """Return whether a folder holds the converter's arrays of every split."""
    return all((root / f"{name}_{_STEMS[crop]}_arr.npy").is_file() for name in SPLITS)


def read_arrays(root: Path, name: str, crop: Crop, image_size: int, color: Color) -> People:
    """Return the people of one split from the converter's arrays.

    Args:
        root: the folder.
        name: of the split.
        crop: "person" or "context".
        image_size: px per side.
        color: "rgb" or "gray".

    Raises:
        DataError: an array is missing, or has another shape.
    """
    files = [f"{name}_{kind}_arr.npy" for kind in (_STEMS[crop], "cat", "cont")]
    try:
        images, labels, continuous = (np.load(root / file, mmap_mode="r") for file in files)
    except (OSError, ValueError) as error:
        raise DataError(
            f"Expected {files[0]}, {files[1]} and {files[2]} in {root}. Received: {error}."
        ) from error
    n = len(images)
    fits = labels.shape == (n, len(CLASS_NAMES)) and continuous.shape == (n, 3)
    if not fits or images.ndim != 4 or images.dtype != np.uint8:
        raise DataError(
            "Expected uint8 images (n, height, width, 3), labels (n, 26) and values (n, 3) of "
            f"{name} in {root}. Received: {images.dtype} {images.shape}, {labels.shape} and "
            f"{continuous.shape}. Run the converter again."
        )
    arrays = [scaled(np.asarray(image), image_size, color) for image in images]
    return People(
        stacked(arrays, image_size, color),
        np.asarray(labels).astype(bool),
        np.asarray(continuous, np.float32),
    )


def cropped(
    listed: list[Person], crop: Crop, image_size: int, color: Color
) -> tuple[People, list[str]]:
    """Return people cut from their photographs, and what is wrong with the others.

    Args:
        listed: the people; those in the same photograph must follow one another.
        crop: "person" or "context".
        image_size: px per side.
        color: "rgb" or "gray".
    """
    arrays = []
    kept = []
    problems = []
    file = None
    pixels = None  # of the file; None if it cannot be read
    for person in tqdm(listed, desc=f"EMOTIC, {crop}", unit="person", disable=len(listed) < 500):
        if person.file != file:
            file = person.file
            try:
                pixels = read_image(file)
            except (ImageError, OSError) as error:
                pixels = None
                problems.append(f"{file}: {error}")
        if pixels is None:
            continue
        part = pixels
        if crop == "person":
            left, top, right, bottom = np.maximum(person.box, 0)
            part = pixels[top:bottom, left:right]
            if not part.size:
                problems.append(f"{file}: the box {person.box} holds nothing of the photograph")
                continue
        arrays.append(scaled(part, image_size, color))
        kept.append(person)
    labels = np.zeros((len(kept), len(CLASS_NAMES)), bool)
    continuous = np.zeros((len(kept), 3), np.float32)
    for row, person in enumerate(kept):
        labels[row, [CLASS_NAMES.index(label) for label in person.labels]] = True
        continuous[row] = person.continuous
    return People(stacked(arrays, image_size, color), labels, continuous), problems
