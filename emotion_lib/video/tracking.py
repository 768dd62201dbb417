"""Follow faces from frame to frame, and smooth what is read in them over time."""

import math
from collections import Counter, deque
from dataclasses import dataclass
from statistics import median
from typing import Literal

import numpy as np
from PIL import Image

from ..faces.cropping import SCALING, cut_square
from ..faces.detectors import Detector, Face

Smoothing = Literal["exponential", "majority", "none"]

MIN_IOU = 0.2  # intersection over union by which a face is still the one it was
FORGET = 1.0  # seconds after which a lost face that returns is a new one
FORGET_FRAMES = 2.5  # the same in intervals between frames, if that is longer: in a time lapse a second says nothing
STEPS = 25  # frames that give the interval
CELL = 96  # px of the small picture in which a known face is looked for again
FACE_IN_CELL = 48  # px


@dataclass
class _Track:
    number: int
    face: Face
    seen: float  # seconds; when the face was found last
    frame: int  # the number of that frame


class Tracker:
    """Faces with numbers that stay theirs.

    The whole frame is searched every ``search_every`` seconds, or when a face was lost; in between each known face is
    looked for around its last place only, all of them side by side in one small picture, at a tenth of the cost. Faces
    found in the whole frame are assigned to the known ones by the Hungarian method on the overlap of their boxes (as in
    Bewley et al., "Simple Online and Realtime Tracking", 2016, less the motion model).
    """

    def __init__(self, detector: Detector, search_every: float = 0.4):
        self._detector, self._search_every = detector, search_every
        self._tracks: list[_Track] = []
        self._next = 1
        self._searched = -math.inf
        self._previous = -math.inf
        self._frame = 0
        self._steps: deque[float] = deque(maxlen=STEPS)

    @property
    def known(self) -> set[int]:
        """Numbers of the faces that are still followed, found in the last frame or missing for a while."""
        return {track.number for track in self._tracks}

    def update(self, image: np.ndarray, time_s: float) -> list[tuple[int, Face]]:
        """Faces of the next frame with their numbers, left to right.

        Args:
            image: uint8 RGB ``(height, width, 3)``.
            time_s: the frame's time in seconds; must not fall.
        """
        self._frame += 1
        if self._frame > 1:
            self._steps.append(time_s - self._previous)
        self._tracks = [track for track in self._tracks if not self._forgotten(track, time_s)]
        due = time_s - self._searched >= self._search_every
        current = [track for track in self._tracks if track.seen == self._previous]
        # An empty scene waits for the next search of the whole frame.
        if due or (current and not self._follow(image, current, time_s)):
            self._searched = time_s
            self._assign(self._detector.detect(image), time_s)
        self._previous = time_s
        found = [(track.number, track.face) for track in self._tracks if track.seen == time_s]
        return sorted(found, key=lambda item: item[1].box[0])

    def _forgotten(self, track: _Track, time_s: float) -> bool:
        if track.frame == self._frame - 1:  # not missing, however long ago the last frame was
            return False
        return time_s - track.seen > max(FORGET, FORGET_FRAMES * median(self._steps))

    def _assign(self, faces: list[Face], time_s: float) -> None:
        """Give each face of a whole frame to the track that it continues, or to a new one."""
        from scipy.optimize import linear_sum_assignment

        overlaps = np.array(
            [[iou(track.face.box, face.box) for face in faces] for track in self._tracks]
        )
        taken = set()
        for row, column in (
            zip(*linear_sum_assignment(overlaps, maximize=True), strict=True)
            if overlaps.size
            else ()
        ):
            if overlaps[row, column] >= MIN_IOU:
                self._found(self._tracks[row], faces[column], time_s)
                taken.add(int(column))
        for column, face in enumerate(faces):
            if column not in taken:
                self._tracks.append(_Track(self._next, face, time_s, self._frame))
                self._next += 1

    def _follow(self, image: np.ndarray, tracks: list[_Track], time_s: float) -> bool:
        """Look for each track's face around its last place; False, and no change, unless every one was found."""
        columns = math.ceil(math.sqrt(len(tracks)))
        mosaic = np.full(
            (CELL * math.ceil(len(tracks) / columns), CELL * columns, 3), 128, np.uint8
        )
        corners, scales = [], []
        for index, track in enumerate(tracks):
            x, y, w, h = track.face.box
            side = max(2, round(math.sqrt(w * h) * CELL / FACE_IN_CELL))
            patch = Image.fromarray(cut_square(image, x + w / 2, y + h / 2, side)).resize(
                (CELL, CELL), SCALING
            )
            top, left = CELL * (index // columns), CELL * (index % columns)
            mosaic[top : top + CELL, left : left + CELL] = np.asarray(patch)
            scales.append(side / CELL)
            corners.append((left, top, round(x + w / 2 - side / 2), round(y + h / 2 - side / 2)))
        found: dict[int, Face] = {}
        for face in sorted(self._detector.detect(mosaic), key=lambda face: face.score):
            x, y, w, h = face.box
            index = int((y + h / 2) // CELL) * columns + int((x + w / 2) // CELL)
            if not 0 <= index < len(tracks):
                continue
            moved = _moved(face, *corners[index], scales[index])
            if iou(moved.box, tracks[index].face.box) >= MIN_IOU:
                found[index] = moved
        boxes = [face.box for face in found.values()]
        collide = any(iou(a, b) >= 0.5 for i, a in enumerate(boxes) for b in boxes[:i])
        if len(found) < len(tracks) or collide:
            return False
        for index, face in found.items():
            self._found(tracks[index], face, time_s)
        return True

    def _found(self, track: _Track, face: Face, time_s: float) -> None:
        track.face = face
        track.seen = time_s
        track.frame = self._frame


def iou(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Intersection over union of two boxes ``x, y, width, height``."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0.0, width) * max(0.0, height)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


class Smoother:
    """Probabilities of each tracked face over time.

    Args:
        kind: "exponential": a running mean whose memory halves every ``half_life`` seconds; "majority": the mean of the
            last ``window`` frames, and as label the class that was first in most of them; "none".
    """

    def __init__(self, kind: Smoothing = "exponential", half_life: float = 0.1, window: int = 6):
        if kind not in ("exponential", "majority", "none"):
            raise ValueError(
                f'Expected the smoothing "exponential", "majority" or "none". Received: {kind!r}.'
            )
        self._kind, self._half_life, self._window = kind, half_life, window
        self._state: dict[int, tuple[float, np.ndarray | deque]] = {}

    def keep(self, numbers: set[int]) -> None:
        """Forget all tracks but these, so that memory does not grow."""
        self._state = {key: value for key, value in self._state.items() if key in numbers}

    def update(self, number: int, time_s: float, row: np.ndarray) -> tuple[np.ndarray, int]:
        """Smoothed probabilities ``(num_classes,)`` and the index of the class they say.

        Args:
            number: of the track.
            time_s: of the frame, in seconds.
            row: what the network gives for this frame, ``(num_classes,)``.
        """
        before, state = self._state.get(number, (time_s, None))
        if self._kind == "majority":
            rows = deque(maxlen=self._window) if state is None else state
            rows.append(row)
            self._state[number] = (time_s, rows)
            votes = Counter(int(r.argmax()) for r in rows)
            mean = np.mean(rows, axis=0)
            # Of classes with equally many votes the more probable one.
            return mean, max(votes, key=lambda index: (votes[index], mean[index]))
        if self._kind == "exponential" and state is not None:
            keep = 0.5 ** ((time_s - before) / self._half_life)
            row = keep * state + (1 - keep) * row
        self._state[number] = (time_s, row)
        return row, int(row.argmax())


def _moved(face: Face, left: float, top: float, x0: float, y0: float, scale: float) -> Face:
    """A face found in a cell of the mosaic, in px of the frame."""
    x, y, w, h = face.box
    box = ((x - left) * scale + x0, (y - top) * scale + y0, w * scale, h * scale)
    return Face(
        box,
        face.score,
        tuple(((px - left) * scale + x0, (py - top) * scale + y0) for px, py in face.landmarks),
    )
