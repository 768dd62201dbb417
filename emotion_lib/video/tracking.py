"""Tracking of faces from frame to frame."""

import itertools
import math
from collections import deque
from dataclasses import dataclass
from statistics import median

import numpy as np
from PIL import Image

from ..faces.cropping import RESAMPLING, cut_square
from ..faces.detection import Detector, Face, iou

# Intersection over union from which on a box continues a track.
MIN_IOU = 0.2
# Intersection over union from which on two tracks have found the same face.
MAX_IOU = 0.5
# Seconds after which a face that was lost gets a new number when it returns.
FORGET = 1.0
# The same in intervals between frames, if that is longer: a second means nothing in a time lapse.
FORGET_FRAMES = 2.5
# Number of frames whose median gives that interval.
STEPS = 25
# Sides in px of the patch in which a known face is searched, and of the face in it.
PATCH = 96
FACE_IN_PATCH = 48


@dataclass
class _Track:
    """A face with its number.

    Attributes:
        number: of the track, from 1.
        face: the face as it was found last.
        seen: time of that frame in seconds.
        frame: number of that frame.
    """

    number: int
    face: Face
    seen: float
    frame: int


@dataclass(frozen=True)
class _Patch:
    """A square of a frame, resized to a patch of a mosaic.

    Attributes:
        left, top: of the patch in px of the mosaic.
        x, y: of the square's corner in px of the frame.
        scale: px of the frame per px of the mosaic.
    """

    left: int
    top: int
    x: int
    y: int
    scale: float

    def in_frame(self, face: Face) -> Face:
        """Return a face of the mosaic in px of the frame."""
        x = self.x - self.left * self.scale
        y = self.y - self.top * self.scale
        return face.moved(x, y, self.scale)


class Tracker:
    """Faces of successive frames, each with a number that it keeps.

    The whole frame is searched every ``search_every`` seconds, or when a face was lost. In between,
    each known face is searched only around its last position, all of them side by side in one small
    mosaic, at a tenth of the cost. Faces found in the whole frame are assigned to the known ones by
    the Hungarian method on the overlap of their boxes.

    Args:
        detector: face detector.
        search_every: seconds; 0 searches every frame as a whole.

    Source: Bewley et al., "Simple Online and Realtime Tracking", 2016, without its motion model.
    """

    def __init__(self, detector: Detector, search_every: float = 0.4):
        self._detector = detector
        self._search_every = search_every
        self._tracks: list[_Track] = []
        self._next_number = 1
        self._searched = -math.inf  # time of the last search of a whole frame
        self._previous = -math.inf  # time of the previous frame
        self._frame = 0
        self._steps: deque[float] = deque(maxlen=STEPS)

    @property
    def known(self) -> set[int]:
        """Numbers of the faces found in the last frame, or missing for a short while."""
        return {track.number for track in self._tracks}

    def update(self, image: np.ndarray, time_s: float) -> list[tuple[int, Face]]:
        """Return the faces of the next frame with their numbers, from left to right.

        Args:
            image: uint8 RGB ``(height, width, 3)``.
            time_s: time of the frame in seconds; must not fall.
        """
        self._frame += 1
        if self._frame > 1:
            self._steps.append(time_s - self._previous)
        self._tracks = [track for track in self._tracks if not self._forgotten(track, time_s)]
        due = time_s - self._searched >= self._search_every
        current = [track for track in self._tracks if track.seen == self._previous]
        # Without a current face, the next search of the whole frame is awaited.
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

        overlaps = np.zeros((len(self._tracks), len(faces)))
        for row, track in enumerate(self._tracks):
            overlaps[row] = [iou(track.face.box, face.box) for face in faces]
        assigned = set()
        rows, columns = linear_sum_assignment(overlaps, maximize=True)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            if overlaps[row, column] >= MIN_IOU:
                self._set(self._tracks[row], faces[column], time_s)
                assigned.add(column)
        for column, face in enumerate(faces):
            if column not in assigned:
                self._tracks.append(_Track(self._next_number, face, time_s, self._frame))
                self._next_number += 1

    def _follow(self, image: np.ndarray, tracks: list[_Track], time_s: float) -> bool:
        """Search each track's face around its last position.

        Returns:
            Whether every face was found; if not, nothing changes.
        """
        columns = math.ceil(math.sqrt(len(tracks)))
        mosaic, patches = _mosaic(image, [track.face for track in tracks], columns)
        found: dict[int, Face] = {}
        for face in sorted(self._detector.detect(mosaic), key=lambda face: face.score):
            x, y, w, h = face.box
            index = int((y + h / 2) // PATCH) * columns + int((x + w / 2) // PATCH)
            if not 0 <= index < len(tracks):
                continue
            in_frame = patches[index].in_frame(face)
            if iou(in_frame.box, tracks[index].face.box) >= MIN_IOU:
                found[index] = in_frame
        if len(found) < len(tracks):
            return False
        for first, second in itertools.combinations(found.values(), 2):
            if iou(first.box, second.box) >= MAX_IOU:
                return False
        for index, face in found.items():
            self._set(tracks[index], face, time_s)
        return True

    def _set(self, track: _Track, face: Face, time_s: float) -> None:
        track.face = face
        track.seen = time_s
        track.frame = self._frame


def _mosaic(image: np.ndarray, faces: list[Face], columns: int) -> tuple[np.ndarray, list[_Patch]]:
    """Return the surroundings of faces side by side in one image, and their places."""
    rows = math.ceil(len(faces) / columns)
    mosaic = np.full((PATCH * rows, PATCH * columns, 3), 128, np.uint8)
    patches = []
    for index, face in enumerate(faces):
        x, y, w, h = face.box
        side = max(2, round(math.sqrt(w * h) * PATCH / FACE_IN_PATCH))
        square = Image.fromarray(cut_square(image, x + w / 2, y + h / 2, side))
        top = PATCH * (index // columns)
        left = PATCH * (index % columns)
        resized = square.resize((PATCH, PATCH), RESAMPLING)
        mosaic[top : top + PATCH, left : left + PATCH] = np.asarray(resized)
        corner_x = round(x + w / 2 - side / 2)
        corner_y = round(y + h / 2 - side / 2)
        patches.append(_Patch(left, top, corner_x, corner_y, side / PATCH))
    return mosaic, patches
