"""Trackers on a generated video whose faces have known identities."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from .. import app
from ..errors import EmotionError
from ..faces.detection import MAX_SIDE, Box, Detector, Face, iou
from ..faces.detectors import SharedDetector, load_detector
from ..video.tracking import Tracker
from .tracking_scene import RATE, TrueFace, TrueFrame, frames
from .turns import Say
from .worker import available

PORTRAIT = Path(app.__file__).parent / "examples" / "1_eileen_collins.jpg"
HEAD = (80, 0, 380, 300)  # in the portrait: left, top, right and bottom in px
# Intersection over union from which on a box is that of a face.
MIN_OVERLAP = 0.5
# Trackers of the package "trackers" (Roboflow), with their own default settings.
OTHERS = {"SORT": "SORTTracker", "ByteTrack": "ByteTrackTracker", "OC-SORT": "OCSORTTracker"}

Tracked = list[tuple[int, Box]]  # number and box of each face of a frame


class TrackingError(EmotionError, ImportError):
    """The package that counts is missing."""


@dataclass
class _Subject:
    """A tracker under test.

    Attributes:
        name: as the table shows it.
        update: takes a frame and the faces that the detector finds in it.
        detector: that it calls itself; None: it takes the faces.
        tracked: its answers so far.
        seconds: processor time so far.
    """

    name: str
    update: Callable[[TrueFrame, list[Face]], Tracked]
    detector: "_CountingDetector | None" = None
    tracked: list[Tracked] = field(default_factory=list)
    seconds: float = 0.0


def tracking(say: Say, detector: Detector | None = None) -> pd.DataFrame:
    """Return how well trackers keep the identities of the faces of a generated video.

    The first row is the tracker as `emotion video` runs it. All others get the same faces, those
    that the detector finds in every frame.

    Args:
        say: prints progress.
        detector: None: the default one.

    Returns:
        One row per tracker: tracker, detector, frames, searches (of a whole frame), faces (visible
        ones, over all frames), idf1 (share of the boxes that have the right identity, Ristani et
        al. 2016), switches (of a face's number), misses, false_boxes, cpu_ms (processor time per
        frame, with the detector's).

    Raises:
        TrackingError: the package motmetrics is not installed.
    """
    if not available("motmetrics"):
        raise TrackingError(
            "Expected the package motmetrics for the part tracking. Received: it is not installed. "
            "`pip install motmetrics trackers`."
        )
    detector = detector or load_detector()
    subjects = [_as_served(detector), _every_frame()]
    if available("trackers"):
        subjects += [_other(name, class_name) for name, class_name in OTHERS.items()]
    else:
        say("The package trackers is not installed (pip install trackers): its rows are left out.")
    truth = []
    detection = 0.0
    for frame in frames(Image.open(PORTRAIT).convert("RGB").crop(HEAD), detector):
        start = time.process_time()
        faces = detector.detect(frame.image)
        detection += time.process_time() - start
        for subject in subjects:
            start = time.process_time()
            subject.tracked.append(subject.update(frame, faces))
            subject.seconds += time.process_time() - start
        truth.append(frame.faces)
    rows = []
    for subject in subjects:
        searches = subject.detector.searches if subject.detector else len(truth)
        seconds = subject.seconds if subject.detector else subject.seconds + detection
        row = {"tracker": subject.name, "detector": detector.name, "frames": len(truth)}
        row |= {"searches": searches, **score(truth, subject.tracked)}
        row["cpu_ms"] = 1000 * seconds / len(truth)
        rows.append(row)
        say(f"  {subject.name:32s} IDF1 {row['idf1']:.3f}, switches {row['switches']}")
    return pd.DataFrame(rows)


def score(truth: Sequence[Sequence[TrueFace]], tracked: Sequence[Tracked]) -> dict:
    """Return the figures of one tracker.

    A box on a face that is not visible counts neither as right nor as false.

    Args:
        truth: the faces of each frame.
        tracked: of each frame, the number and box of each face that the tracker gives.

    Returns:
        faces, idf1, switches, misses and false_boxes, as the package motmetrics counts them.
    """
    import motmetrics

    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for faces, given in zip(truth, tracked, strict=True):
        visible = [face for face in faces if face.visible]
        boxes = [face.box for face in visible]
        hidden = [face.box for face in faces if not face.visible]
        kept = [item for item in given if _is_on(item[1], boxes) or not _is_on(item[1], hidden)]
        distances = np.full((len(visible), len(kept)), np.nan)
        for row, true_box in enumerate(boxes):
            for column, (_, box) in enumerate(kept):
                overlap = iou(true_box, box)
                if overlap >= MIN_OVERLAP:
                    distances[row, column] = 1 - overlap
        identities = [face.identity for face in visible]
        accumulator.update(identities, [number for number, _ in kept], distances)
    names = {
        "faces": "num_objects",
        "idf1": "idf1",
        "switches": "num_switches",
        "misses": "num_misses",
        "false_boxes": "num_false_positives",
    }
    found = motmetrics.metrics.create().compute(
        accumulator, metrics=list(names.values()), return_dataframe=False
    )
    return {ours: found[theirs].item() for ours, theirs in names.items()}


def _is_on(box: Box, others: Sequence[Box]) -> bool:
    return any(iou(box, other) >= MIN_OVERLAP for other in others)


class _CountingDetector(SharedDetector):
    """Detector that counts the whole frames it searches, and not the mosaics."""

    def __init__(self, detector: Detector):
        super().__init__(detector)
        self.frame: np.ndarray | None = None
        self.searches = 0

    def detect(self, image: np.ndarray) -> list[Face]:
        self.searches += image is self.frame
        return super().detect(image)


class _Replay:
    """Detector that returns faces that another one has found."""

    name = "replay"
    framing = 1.0
    max_side = MAX_SIDE
    concurrent = False

    def __init__(self) -> None:
        self.faces: list[Face] = []

    def detect(self, image: np.ndarray) -> list[Face]:
        return self.faces

    find_again = detect


def _as_served(detector: Detector) -> _Subject:
    counting = _CountingDetector(detector)
    tracker = Tracker(counting)

    def update(frame: TrueFrame, faces: list[Face]) -> Tracked:
        counting.frame = frame.image
        tracked = tracker.update(frame.image, frame.time_s)
        return [(number, face.box) for number, face in tracked]

    return _Subject("emotion video", update, counting)


def _every_frame() -> _Subject:
    replay = _Replay()
    tracker = Tracker(replay, search_every=0)

    def update(frame: TrueFrame, faces: list[Face]) -> Tracked:
        replay.faces = faces
        tracked = tracker.update(frame.image, frame.time_s)
        return [(number, face.box) for number, face in tracked]

    return _Subject("emotion video --search-every 0", update)


def _other(name: str, class_name: str) -> _Subject:
    import supervision
    import trackers

    tracker = getattr(trackers, class_name)(frame_rate=float(RATE))

    def update(frame: TrueFrame, faces: list[Face]) -> Tracked:
        corners = np.array([face.box for face in faces], float).reshape(-1, 4)
        corners[:, 2:] += corners[:, :2]
        detections = supervision.Detections(
            xyxy=corners,
            confidence=np.array([face.score for face in faces], float),
            class_id=np.zeros(len(faces), int),
        )
        result = tracker.update(detections)
        tracked = []
        for number, (left, top, right, bottom) in zip(
            result.tracker_id.tolist(), result.xyxy.tolist(), strict=True
        ):
            if number >= 0:  # -1: not yet sure that it is an object
                tracked.append((number, (left, top, right - left, bottom - top)))
        return tracked

    return _Subject(f"{name} (trackers)", update)
