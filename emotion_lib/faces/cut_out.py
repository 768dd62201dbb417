"""Faces that are cut out already, found again by a detector.

A face of FER-2013 fills its picture, which no detector expects. So each is padded by its edges to
twice its side and enlarged three times.
"""

import numpy as np
from PIL import Image

from .cropping import RESAMPLING
from .detection import Detector, Face

MARGIN = 24  # px of padding per edge of a face of 48 px
ENLARGEMENT = 3


def padded(image: np.ndarray) -> np.ndarray:
    """Return a face as a picture in which a detector can find it.

    Args:
        image: uint8 ``(48, 48)``.

    Returns:
        uint8 RGB ``(288, 288, 3)``, whose middle 144 px are the face.
    """
    with_margin = np.pad(image, MARGIN, mode="edge")
    side = ENLARGEMENT * with_margin.shape[0]
    picture = Image.fromarray(with_margin).resize((side, side), RESAMPLING)
    return np.asarray(picture.convert("RGB"))


def largest_face(detector: Detector, picture: np.ndarray) -> Face | None:
    """Return the largest face that a detector finds in a picture, or None if it finds none."""
    faces = detector.detect(picture)
    return max(faces, key=lambda face: face.size, default=None)
