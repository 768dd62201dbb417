"""Faces, their boxes, and the protocol of every face detector."""

import importlib.util
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from PIL import Image

from ..errors import EmotionError

Point = tuple[float, float]  # x, y in px
Box = tuple[float, float, float, float]  # x, y, width, height in px

# An image of at most this many px per side is one face that has been cut out already.
WHOLE_IMAGE = 64
# Detectors scale larger images down to this many px. Small faces are still found, and the time is
# bounded.
MAX_SIDE = 960
# A box with fewer px per side holds too little to read an expression from.
MIN_FACE = 12
# Views of a face from which an expression can be read.
GOOD_SIZE = 24  # px
GOOD_ROLL = 45  # degrees
GOOD_SCORE = 0.6
# Two boxes that share this fraction of the smaller one's area are one face.
SAME_FACE = 0.5


class DetectorError(EmotionError, RuntimeError):
    """Error of a face detector that does not exist or is not installed."""


@dataclass(frozen=True)
class Face:
    """One face in an image.

    Attributes:
        box: x, y, width, height in px of the image. It may reach beyond the image's edges.
        score: confidence of the detector, 0..1.
        landmarks: name -> ``(x, y)`` in px; left and right as seen in the upright face. All
            detectors with landmarks give "left_eye", "right_eye", "nose" and "mouth", some also
            "left_mouth" and "right_mouth" (its corners), or "left_ear" and "right_ear". Empty if
            the detector has no landmarks.
    """

    box: Box
    score: float
    landmarks: Mapping[str, Point] = field(default_factory=dict)

    @property
    def size(self) -> float:
        """Geometric mean of the box's sides in px."""
        return float(np.sqrt(self.box[2] * self.box[3]))

    @property
    def roll(self) -> float:
        """Clockwise angle of the line through the eyes in degrees, -180..180; 0 without eyes.

        Example:
            >>> Face((0, 0, 9, 9), 1.0, {"left_eye": (3, 3), "right_eye": (6, 6)}).roll
            45.0
        """
        if not {"left_eye", "right_eye"} <= self.landmarks.keys():
            return 0.0
        left_x, left_y = self.landmarks["left_eye"]
        right_x, right_y = self.landmarks["right_eye"]
        return float(np.degrees(np.arctan2(right_y - left_y, right_x - left_x)))

    @property
    def quality(self) -> Literal["good", "poor"]:
        """Whether the view is good enough to believe what is read from it.

        It is "poor" if the face is small (below :data:`GOOD_SIZE` px), turned (by more than
        :data:`GOOD_ROLL` degrees) or uncertain (score below :data:`GOOD_SCORE`).
        """
        is_good = (
            self.size >= GOOD_SIZE and abs(self.roll) <= GOOD_ROLL and self.score >= GOOD_SCORE
        )
        return "good" if is_good else "poor"

    def moved(self, x: float, y: float, scale: float = 1.0) -> "Face":
        """Return the same face in another image.

        Args:
            x: px of the other image at which this image's left edge lies.
            y: the same of the upper edge.
            scale: px of the other image per px of this one.
        """
        box = (
            self.box[0] * scale + x,
            self.box[1] * scale + y,
            self.box[2] * scale,
            self.box[3] * scale,
        )
        landmarks = {}
        for name, (point_x, point_y) in self.landmarks.items():
            landmarks[name] = (point_x * scale + x, point_y * scale + y)
        return Face(box, self.score, landmarks)

    def scaled(self, scale: float) -> "Face":
        """Return the same face in an image whose sides are ``scale`` times as long."""
        return self.moved(0.0, 0.0, scale)


class Detector(Protocol):
    """Face detector.

    Attributes:
        name: name under which :func:`emotion_lib.faces.detectors.load_detector` loads it.
        framing: side of the square that FER-2013 would show, relative to the geometric mean of a
            found box's width and height. It is measured for each detector: the detector runs over
            FER-2013 training images (padded by their edges and enlarged three times), and the
            framing makes the median box fill a square as those faces fill their 48 px.
        max_side: px of the longer side to which larger images are scaled down, as it gains nothing
            from more; :data:`MAX_SIDE` if it is left out.
        concurrent: whether several threads may call it at once; False if it is left out.
    """

    name: str
    framing: float
    max_side: int
    concurrent: bool

    def detect(self, image: np.ndarray) -> list[Face]:
        """Return the faces of an image from left to right.

        Args:
            image: uint8 RGB ``(height, width, 3)``.
        """
        ...

    def find_again(self, image: np.ndarray) -> list[Face]:
        """Return the faces of an image that shows the surroundings of known faces.

        It may be quicker than :meth:`detect`, which is used if it is left out.

        Args:
            image: uint8 RGB ``(height, width, 3)``.
        """
        ...


def find_faces(image: np.ndarray, detector: Detector) -> list[Face]:
    """Return the faces of an image from left to right.

    Args:
        image: uint8 RGB ``(height, width, 3)``. An image of at most :data:`WHOLE_IMAGE` px per side
            counts as one face that has been cut out already.
        detector: face detector for larger images.
    """
    height, width = image.shape[:2]
    if max(height, width) <= WHOLE_IMAGE:
        return [Face((0.0, 0.0, float(width), float(height)), 1.0)]
    return detector.detect(image)


def distinct(faces: Iterable[Face]) -> list[Face]:
    """Return each face once, from left to right.

    Of boxes that overlap by :data:`SAME_FACE`, the one with the highest score stays. Boxes with a
    side below :data:`MIN_FACE` px are dropped.
    """
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if min(face.box[2:]) < MIN_FACE:
            continue
        if not is_among(face, kept):
            kept.append(face)
    return sorted(kept, key=lambda face: face.box[0])


def is_among(face: Face, others: Iterable[Face]) -> bool:
    """Return whether a face is one of the others: their boxes overlap by :data:`SAME_FACE`."""
    return any(_shared(face.box, other.box) >= SAME_FACE for other in others)


def iou(a: Box, b: Box) -> float:
    """Return the intersection over union of two boxes.

    Example:
        >>> iou((0, 0, 2, 2), (1, 0, 2, 2))
        0.3333333333333333
    """
    shared = intersection(a, b)
    if not shared:  # also of boxes without an area
        return 0.0
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def intersection(a: Box, b: Box) -> float:
    """Return the area in px² that two boxes have in common."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    if width <= 0:  # most pairs of a crowd, which has a million
        return 0.0
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return width * max(0.0, height)


def _shared(a: Box, b: Box) -> float:
    """Return the intersection relative to the smaller box: a box inside another one shares 1."""
    shared = intersection(a, b)
    if not shared:
        return 0.0
    return shared / min(a[2] * a[3], b[2] * b[3])


def shrink(image: np.ndarray, max_side: int = MAX_SIDE) -> tuple[np.ndarray, float]:
    """Return the image with no side above ``max_side`` px, and its scale (at most 1)."""
    scale = min(1.0, max_side / max(image.shape[:2]))
    return resize(image, scale), scale


def resize(image: np.ndarray, scale: float) -> np.ndarray:
    """Return the image with sides ``scale`` times as long, uint8 like the input."""
    if scale == 1.0:
        return image
    height, width = image.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(image).resize(size, method))


def require(module: str, package: str, detector: str, requirement: str) -> None:
    """Raise a DetectorError unless a module can be imported.

    Args:
        module: name of the module.
        package: that it belongs to.
        detector: that needs it.
        requirement: what pip has to install, as a shell takes it.
    """
    if importlib.util.find_spec(module) is None:
        raise DetectorError(
            f"Expected the package {package} for the face detector {detector}. Received: it is not "
            "installed. Run `emotion setup`, which installs the detector blazeface, or "
            f"`pip install {requirement}`."
        )
