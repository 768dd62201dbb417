"""Tracking of faces from frame to frame."""

import itertools
import math
from collections import deque
from statistics import median

import numpy as np

from ..faces.detection import Detector, Face, iou
from .cuts import CutDetector
from .mosaic import PATCH, mosaic
from .track import Track

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
# Margins of the boxes, relative to their sides, in the first and in the second round of the
# assignment. On four generated videos, which are not that of `emotion bench tracking`, velocity and
# margins raise IDF1 from 0.69 to 0.83; a margin of 1 gives 0.77.
MARGINS = (0.0, 0.5)
# Searches of the whole frame are this much more frequent while a known face is missing.
MISSING = 2.0


class Tracker:
    """Faces of successive frames, each with a number that it keeps.

    The whole frame is searched every ``search_every`` seconds, twice as often while a known face is
    missing, when a face was lost, and after a hard cut, which also forgets all faces. In between,
    each known face is searched only around its last position, all of them side by side in one small
    mosaic, at a tenth of the cost. Faces found in the whole frame are assigned to the known ones by
    the Hungarian method on the overlap of their boxes, in two rounds: first of the boxes
    themselves, then of wider ones.

    Args:
        detector: face detector.
        search_every: seconds; 0 searches every frame as a whole.

    Sources: Bewley et al., "Simple Online and Realtime Tracking", 2016, with a simpler motion
    model; the second round is that of Yang et al., "Hard to Track Objects with Irregular Motions
    and Similar Appearances? Make It Easier by Buffering the Matching Space", 2023.
    """

    def __init__(self, detector: Detector, search_every: float = 0.4):
        self._detector = detector
        self._find_again = getattr(detector, "find_again", detector.detect)
        self._search_every = search_every
        self._tracks: list[Track] = []
        self._next_number = 1
        self._searched = -math.inf  # time of the last search of a whole frame
        self._previous = -math.inf  # time of the previous frame
        self._frame = 0
        self._cuts = CutDetector()
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
        self.skip(image, time_s)
        current = [track for track in self._tracks if track.seen == self._previous]
        wait = self._search_every
        if len(current) < len(self._tracks):
            wait /= MISSING
        due = time_s - self._searched >= wait
        # Without a current face, the next search of the whole frame is awaited.
        if due or (current and not self._follow(image, current, time_s)):
            self._searched = time_s
            self._assign(self._detector.detect(image), time_s)
        self._previous = time_s
        found = [(track.number, track.face) for track in self._tracks if track.seen == time_s]
        return sorted(found, key=lambda item: item[1].box[0])

    def skip(self, image: np.ndarray, time_s: float) -> bool:
        """Pass over a frame, and forget all faces if it begins a new scene.

        Args:
            image: uint8 RGB ``(height, width, 3)``.
            time_s: time of the frame in seconds; must not fall.

        Returns:
            Whether it begins a new scene.
        """
        is_cut = self._cuts.is_cut(image, time_s)
        if is_cut:
            self._tracks = []
            self._searched = -math.inf
        return is_cut

    def _forgotten(self, track: Track, time_s: float) -> bool:
        if track.frame == self._frame - 1:  # not missing, however long ago the last frame was
            return False
        return time_s - track.seen > max(FORGET, FORGET_FRAMES * median(self._steps))

    def _assign(self, faces: list[Face], time_s: float) -> None:
        """Give each face of a whole frame to the track that it continues, or to a new one."""
        tracks = list(self._tracks)
        for margin in MARGINS:
            tracks, faces = self._match(tracks, faces, time_s, margin)
        for face in faces:
            self._tracks.append(Track(self._next_number, face, time_s, self._frame))
            self._next_number += 1

    def _match(
        self, tracks: list[Track], faces: list[Face], time_s: float, margin: float
    ) -> tuple[list[Track], list[Face]]:
        """Give faces to the tracks that they continue, and return the tracks and faces left."""
        from scipy.optimize import linear_sum_assignment

        overlaps = np.zeros((len(tracks), len(faces)))
        for row, track in enumerate(tracks):
            overlaps[row] = [track.overlap(face.box, time_s, margin) for face in faces]
        rows, columns = linear_sum_assignment(overlaps, maximize=True)
        tracks_left = list(tracks)
        faces_left = list(faces)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            if overlaps[row, column] >= MIN_IOU:
                tracks[row].move(faces[column], time_s, self._frame)
                tracks_left.remove(tracks[row])
                faces_left.remove(faces[column])
        return tracks_left, faces_left

    def _follow(self, image: np.ndarray, tracks: list[Track], time_s: float) -> bool:
        """Search each track's face around its last position.

        Returns:
            Whether every face was found; if not, nothing changes.
        """
        columns = math.ceil(math.sqrt(len(tracks)))
        image_of_patches, patches = mosaic(image, [track.face for track in tracks], columns)
        found: dict[int, Face] = {}
        for face in sorted(self._find_again(image_of_patches), key=lambda face: face.score):
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
            tracks[index].move(face, time_s, self._frame)
        return True
