"""Photographs whose faces are marked, and how many of the marks a detector's boxes find."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import EmotionError
from ..faces.detection import Box, iou
from ..files import sha256
from ..images import read_image

MARKS = Path(__file__).with_name("marked_faces.csv")
MIN_OVERLAP = 0.3  # intersection over union of a mark and the box that finds it


class PhotographsError(EmotionError, RuntimeError):
    """Photographs that are missing, or not the marked ones."""


@dataclass
class Photograph:
    """Photograph with marked faces.

    Attributes:
        path: its file.
        image: uint8 RGB ``(height, width, 3)``.
        marks: boxes of its faces.
    """

    path: Path
    image: np.ndarray
    marks: list[Box]


def marked_photographs(folder: Path) -> list[Photograph]:
    """Return the photographs of ``marked_faces.csv``, recognised by their content.

    Args:
        folder: folder with the photographs, under any names.

    Raises:
        PhotographsError: a photograph is missing or has other content.
    """
    with MARKS.open() as file:
        marks = list(csv.DictReader(file))
    by_digest = {}
    if folder.is_dir():
        for path in folder.iterdir():
            if path.is_file():
                by_digest[sha256(path)[:16]] = path
    photographs: dict[str, Photograph] = {}
    for mark in marks:
        name = mark["file"]
        path = by_digest.get(mark["sha256"])
        if path is None:
            raise PhotographsError(
                f"Expected the photograph {name} (SHA-256 {mark['sha256']}...) in {folder}. "
                "Received: no file with this content. Name the folder of the photographs of "
                f"{MARKS.name}: --photos FOLDER (make bench PHOTOS=FOLDER)."
            )
        if name not in photographs:
            photographs[name] = Photograph(path, read_image(path), [])
        box = (float(mark["x"]), float(mark["y"]), float(mark["width"]), float(mark["height"]))
        photographs[name].marks.append(box)
    return list(photographs.values())


def count_matches(boxes: Sequence[Box], marks: Sequence[Box]) -> int:
    """Return the number of marks that are found, each by a different box.

    A box finds a mark if their intersection over union is at least :data:`MIN_OVERLAP`.
    """
    overlaps = np.zeros((len(boxes), len(marks)))
    for row, box in enumerate(boxes):
        for column, mark in enumerate(marks):
            overlaps[row, column] = iou(box, mark)
    return _pairs(overlaps >= MIN_OVERLAP)


def count_centered(boxes: Sequence[Box], marks: Sequence[Box]) -> int:
    """Return the number of marks that are found, each by a different box of any framing.

    A box finds a mark if each of them holds the other's centre.

    Example:
        >>> count_centered([(0, 0, 40, 40), (90, 90, 9, 9)], [(12, 10, 15, 20)])
        1
    """
    finds = np.zeros((len(boxes), len(marks)), bool)
    for row, box in enumerate(boxes):
        for column, mark in enumerate(marks):
            finds[row, column] = _holds_centre(box, mark) and _holds_centre(mark, box)
    return _pairs(finds)


def _pairs(finds: np.ndarray) -> int:
    """Return the largest number of pairs of a row and a column that are true."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(finds, maximize=True)
    return int(finds[rows, columns].sum())


def _holds_centre(box: Box, other: Box) -> bool:
    x = other[0] + other[2] / 2
    y = other[1] + other[3] / 2
    return box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]
