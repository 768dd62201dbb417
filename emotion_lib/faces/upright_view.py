"""View of one face in an image: upright, square, and of the size that a network takes."""

import numpy as np
from PIL import Image

from .blaze_model import mirrored
from .cropping import MIN_ROLL
from .detection import Face, Point

RESAMPLING = Image.Resampling.BILINEAR


class UprightView:
    """Square around a face, turned upright by its eyes as its crop is.

    Beyond the image's edges it shows their mirror image, which completes a face that is cut.

    Args:
        image: uint8 RGB ``(height, width, 3)``.
        face: a face of this image.
        width: of the view, relative to the longer side of the face's box.
        side: of the view in px.
        flipped: whether left and right are exchanged.

    Attributes:
        pixels: uint8 RGB ``(side, side, 3)``.
    """

    def __init__(
        self, image: np.ndarray, face: Face, width: float, side: int, *, flipped: bool = False
    ):
        x, y, w, h = face.box
        roll = face.roll if abs(face.roll) >= MIN_ROLL else 0.0
        # The square that is cut out is wider, so that the turned view lies inside.
        margin = round(side * (np.sqrt(2) - 1) / 2) if roll else 0
        outer_side = side + 2 * margin
        outer_width = max(2, round(max(w, h) * width * outer_side / side))
        left = round(x + w / 2 - outer_width / 2)
        top = round(y + h / 2 - outer_width / 2)
        square = Image.fromarray(_cut(image, left, top, outer_width))
        scaled = square.resize((outer_side, outer_side), RESAMPLING, reducing_gap=2.0)
        if roll:
            scaled = scaled.rotate(roll, RESAMPLING)
        pixels = np.asarray(scaled)[margin : margin + side, margin : margin + side]
        self.pixels = np.ascontiguousarray(pixels[:, ::-1] if flipped else pixels)
        angle = np.radians(roll)
        self._cos = float(np.cos(angle))
        self._sin = float(np.sin(angle))
        self._scale = outer_width / outer_side
        self._center = (left + outer_width / 2, top + outer_width / 2)
        self._half = side / 2

    def in_image(self, face: Face) -> Face:
        """Return a face that was found in the view (not a flipped one) in px of the image.

        Its box has the width and height that the upright face has.
        """
        x, y, w, h = face.box
        width = w * self._scale
        height = h * self._scale
        center_x, center_y = self._point((x + w / 2, y + h / 2))
        landmarks = {}
        for name, point in face.landmarks.items():
            landmarks[name] = self._point(point)
        box = (center_x - width / 2, center_y - height / 2, width, height)
        return Face(box, face.score, landmarks)

    def _point(self, point: Point) -> Point:
        x = (point[0] - self._half) * self._scale
        y = (point[1] - self._half) * self._scale
        return (
            self._center[0] + x * self._cos - y * self._sin,
            self._center[1] + x * self._sin + y * self._cos,
        )


def _cut(image: np.ndarray, left: int, top: int, side: int) -> np.ndarray:
    """Cut out a square; beyond the image's edges it continues as their mirror image."""
    height, width = image.shape[:2]
    if left >= 0 and top >= 0 and left + side <= width and top + side <= height:
        return np.ascontiguousarray(image[top : top + side, left : left + side])
    rows = mirrored(top + np.arange(side), height)
    columns = mirrored(left + np.arange(side), width)
    return image[rows[:, None], columns]
