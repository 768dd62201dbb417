"""Faces that each detector finds in photographs with marked faces, and its time."""

import csv
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import EmotionError
from ..faces.detection import DetectorError, iou
from ..faces.detectors import DETECTORS, load_detector
from ..files import sha256
from ..images import read_image
from .turns import Say

MARKS = Path(__file__).with_name("marked_faces.csv")
MIN_OVERLAP = 0.3  # intersection over union of a mark and the box that finds it

Box = tuple[float, float, float, float]  # x, y, width, height in px


class PhotographsError(EmotionError, RuntimeError):
    """Photographs that are missing, or not the marked ones."""


@dataclass
class _Photograph:
    image: np.ndarray
    marks: list[Box]


def detectors(photographs: Path, say: Say) -> pd.DataFrame:
    """Return the faces that each detector finds, in photographs with and pictures without faces.

    Args:
        photographs: folder with the pictures of ``marked_faces.csv``, recognised by their content.
        say: prints progress.

    Returns:
        One row per detector: detector, photographs, faces, found, missed, false_faces (boxes on no
        face), pictures_without, false_without (boxes in those), milliseconds (median over the
        photographs), times_the_first.

    Raises:
        PhotographsError: a photograph is missing or has other content.
    """
    marked = _marked_photographs(photographs)
    without_faces = _pictures_without_faces()
    rows = []
    first_times = None
    for name in DETECTORS:
        try:
            detector = load_detector(name)
        except DetectorError as error:
            say(f"  {name}: left out. {error}")
            continue
        faces = 0
        found = 0
        false_faces = 0
        times = []
        for photograph in marked.values():
            detector.detect(photograph.image)
            start = time.perf_counter()
            boxes = [face.box for face in detector.detect(photograph.image)]
            times.append(1000 * (time.perf_counter() - start))
            matched = _count_matches(boxes, photograph.marks)
            faces += len(photograph.marks)
            found += matched
            false_faces += len(boxes) - matched
        if first_times is None:
            first_times = times
        row = {
            "detector": name,
            "photographs": len(marked),
            "faces": faces,
            "found": found,
            "missed": faces - found,
            "false_faces": false_faces,
            "pictures_without": len(without_faces),
            "false_without": sum(len(detector.detect(image)) for image in without_faces),
            "milliseconds": statistics.median(times),
            "times_the_first": float(np.median(np.array(times) / np.array(first_times))),
        }
        rows.append(row)
        false_count = f"{false_faces} + {row['false_without']}"
        say(f"  {name:10s} found {found} of {faces}, false {false_count}")
    return pd.DataFrame(rows)


def _count_matches(boxes: list[Box], marks: list[Box]) -> int:
    """Return the number of marks that are found, each by a different box."""
    from scipy.optimize import linear_sum_assignment

    overlaps = np.zeros((len(boxes), len(marks)))
    for row, box in enumerate(boxes):
        for column, mark in enumerate(marks):
            overlaps[row, column] = iou(box, mark)
    rows, columns = linear_sum_assignment(overlaps, maximize=True)
    return int((overlaps[rows, columns] >= MIN_OVERLAP).sum())


def _marked_photographs(folder: Path) -> dict[str, _Photograph]:
    with MARKS.open() as file:
        marks = list(csv.DictReader(file))
    by_digest = {}
    if folder.is_dir():
        for path in folder.iterdir():
            if path.is_file():
                by_digest[sha256(path)[:16]] = path
    photographs: dict[str, _Photograph] = {}
    for mark in marks:
        name = mark["file"]
        if mark["sha256"] not in by_digest:
            raise PhotographsError(
                f"Expected the photograph {name} (SHA-256 {mark['sha256']}...) in {folder}. "
                "Received: no file with this content. Name the folder of the photographs of "
                f"{MARKS.name}: --photos FOLDER (make bench PHOTOS=FOLDER)."
            )
        if name not in photographs:
            photographs[name] = _Photograph(read_image(by_digest[mark["sha256"]]), [])
        box = (float(mark["x"]), float(mark["y"]), float(mark["width"]), float(mark["height"]))
        photographs[name].marks.append(box)
    return photographs


def _pictures_without_faces() -> list[np.ndarray]:
    """Return scikit-learn's two photographs without people, and four textures."""
    from PIL import Image
    from sklearn.datasets import load_sample_images

    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
    blobs = np.asarray(Image.fromarray(noise).resize((640, 480)))
    fine_noise = rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)
    ramp = np.tile(np.linspace(0, 255, 640).astype(np.uint8), (480, 1))
    is_white = np.indices((480, 640)).sum(0) // 40 % 2
    chessboard = (is_white * 255).astype(np.uint8)
    textures = [fine_noise, blobs, np.dstack([ramp] * 3), np.dstack([chessboard] * 3)]
    return [*load_sample_images().images, *textures]
