"""Faces that each detector finds, its false faces, its framing of FER-2013 and its time."""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from .. import datasets
from ..faces.detection import Detector, DetectorError
from ..faces.detectors import DETECTORS, load_detector
from .framing import found_crops
from .marked import Photograph, count_matches, marked_photographs
from .no_faces import no_faces
from .turns import Say

_EVERY = 3  # image of PublicTest: about 1,200 of them


def detectors(photographs: Path, say: Say) -> pd.DataFrame:
    """Return what each detector finds in photographs, in pictures without faces and in FER-2013.

    Args:
        photographs: folder with the pictures of ``marked_faces.csv``, recognised by their content.
        say: prints progress.

    Returns:
        One row per detector: detector; photographs, faces, found, missed, false_faces (boxes on no
        face); pictures_without, false_without (boxes in those), pictures_with_false (those with at
        least one); fer_images (every third face of PublicTest, padded and enlarged), fer_found,
        fer_accuracy (of the promoted model on the detector's crops), fer_own_accuracy (on
        FER-2013's own crops of the same faces), all empty without FER-2013; cpu_milliseconds
        (processor time, median over the photographs), times_the_first (median over the photographs
        of the ratio).

    Raises:
        PhotographsError: a photograph is missing or has other content.
    """
    marked = marked_photographs(photographs)
    loaded: dict[str, Detector] = {}
    for name in DETECTORS:
        try:
            loaded[name] = load_detector(name)
        except DetectorError as error:
            say(f"  {name}: left out. {error}")
    false_boxes = _false_boxes(loaded)
    has_fer2013 = datasets.is_available("fer2013")
    if not has_fer2013:
        say("FER-2013 is not on this machine (see data/README.md): its columns stay empty.")
    rows = []
    times: dict[str, np.ndarray] = {}
    for name, detector in loaded.items():
        counts, times[name] = _on_photographs(detector, marked)
        row = {
            "detector": name,
            **counts,
            "pictures_without": len(false_boxes[name]),
            "false_without": sum(false_boxes[name]),
            "pictures_with_false": np.count_nonzero(false_boxes[name]),
            **(_on_fer2013(detector) if has_fer2013 else dict.fromkeys(_FER_COLUMNS)),
            "cpu_milliseconds": float(np.median(times[name])),
            "times_the_first": float(np.median(times[name] / next(iter(times.values())))),
        }
        rows.append(row)
        say(
            f"  {name:10s} found {row['found']} of {row['faces']}, "
            f"false {row['false_faces']} + {row['false_without']}"
        )
    return pd.DataFrame(rows)


def _on_photographs(
    detector: Detector, photographs: list[Photograph]
) -> tuple[dict[str, int], np.ndarray]:
    """Return the counts of one detector, and its processor time in ms for each photograph."""
    faces = 0
    found = 0
    boxes_found = 0
    times = []
    for photograph in photographs:
        detector.detect(photograph.image)
        start = time.process_time()
        boxes = [face.box for face in detector.detect(photograph.image)]
        times.append(1000 * (time.process_time() - start))
        faces += len(photograph.marks)
        found += count_matches(boxes, photograph.marks)
        boxes_found += len(boxes)
    counts = {
        "photographs": len(photographs),
        "faces": faces,
        "found": found,
        "missed": faces - found,
        "false_faces": boxes_found - found,
    }
    return counts, np.array(times)


def _false_boxes(loaded: dict[str, Detector]) -> dict[str, list[int]]:
    """Return the number of boxes of each detector in each picture without faces."""
    counts: dict[str, list[int]] = {name: [] for name in loaded}
    for _, image in no_faces():
        for name, detector in loaded.items():
            counts[name].append(len(detector.detect(image)))
    return counts


_FER_COLUMNS = ("fer_images", "fer_found", "fer_accuracy", "fer_own_accuracy")


def _on_fer2013(detector: Detector) -> dict[str, float]:
    """Return how a detector frames faces of PublicTest, the validation split."""
    from ..inference.predictor import Predictor

    data = datasets.load("fer2013")
    images = data.val.images[::_EVERY]
    indices, crops = found_crops(detector, images)
    # The order of the classes is the model's own, not the data set's.
    predictor = Predictor.load(detector=detector)
    classes = [predictor.class_names.index(name) for name in data.class_names]
    labels = np.array(classes)[data.val.labels[::_EVERY][indices]]
    own_crops = [np.dstack([image] * 3) for image in images[indices]]
    scores = {}
    for name, faces in (("fer_accuracy", crops), ("fer_own_accuracy", own_crops)):
        scores[name] = float((predictor.scores(faces).argmax(1) == labels).mean())
    return {"fer_images": len(images), "fer_found": len(indices), **scores}
