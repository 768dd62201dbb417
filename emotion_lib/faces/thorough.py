"""Thorough face detector, for people in any orientation and for small images."""

import numpy as np

from .detection import MAX_SIDE, Face, distinct, resize
from .yunet import YuNet


class Thorough:
    """YuNet over all four quarter turns of the image, with small images enlarged.

    It also finds people who lie down or are upside down, at five to ten times the cost.

    Raises:
        DetectorError: as of :class:`YuNet`.
    """

    name = "thorough"
    framing = YuNet.framing
    max_side = MAX_SIDE
    concurrent = False
    _MAX_SCALE = 2.0
    # Score that a face in a turned image needs: collars and hands reach 0.75, people lying down
    # 0.88 and more.
    _MIN_TURNED_SCORE = 0.8

    def __init__(self):
        self._yunet = YuNet()

    def detect(self, image: np.ndarray) -> list[Face]:
        """Return the faces of an image, see :class:`Detector`."""
        scale = min(self._MAX_SCALE, MAX_SIDE / max(image.shape[:2]))
        resized = resize(image, scale)
        height, width = resized.shape[:2]
        faces = []
        for turns in range(4):
            for face in self._yunet.detect_at_this_size(np.rot90(resized, turns)):
                if turns == 0 or face.score >= self._MIN_TURNED_SCORE:
                    faces.append(_turned_back(face, turns, height, width).scaled(1 / scale))
        return distinct(faces)


def _turned_back(face: Face, turns: int, height: int, width: int) -> Face:
    """Return a face found in ``np.rot90(image, turns)`` in px of that image.

    Args:
        face: face in px of the turned image.
        turns: quarter turns counter-clockwise, 0 to 3.
        height: of the image before it was turned, in px.
        width: the same.
    """
    x, y, w, h = face.box
    x0, y0 = _point_turned_back(x, y, turns, height, width)
    x1, y1 = _point_turned_back(x + w, y + h, turns, height, width)
    box = (min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0))
    landmarks = {}
    for name, point in face.landmarks.items():
        landmarks[name] = _point_turned_back(*point, turns, height, width)
    return Face(box, face.score, landmarks)


def _point_turned_back(
    x: float, y: float, turns: int, height: int, width: int
) -> tuple[float, float]:
    """Return a point of ``np.rot90(image, turns)`` in px of that image."""
    if turns == 1:
        return width - y, x
    if turns == 2:
        return width - x, height - y
    if turns == 3:
        return y, height - x
    return x, y
