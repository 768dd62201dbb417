"""The surroundings of known faces, side by side in one small image."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..faces.cropping import RESAMPLING, cut_square
from ..faces.detection import Face

# Sides in px of the patch in which a known face is searched, and of the face in it.
PATCH = 96
FACE_IN_PATCH = 48


@dataclass(frozen=True)
class Patch:
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


def mosaic(image: np.ndarray, faces: list[Face], columns: int) -> tuple[np.ndarray, list[Patch]]:
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
        patches.append(Patch(left, top, corner_x, corner_y, side / PATCH))
    return mosaic, patches
