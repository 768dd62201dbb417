"""Faces of a picture with their crops, from no more pixels than they need."""

import numpy as np

from ..images import Picture
from .cropping import crop, upright_square
from .detection import Detector, Face, find_faces

# Side of a crop, as a multiple of the network's, up to which it is cut from a larger scale. On
# photographs at 1/2, 1/4 and 1/8 with known boxes, a probability changes by 0.05 on average where
# the crop has 0.4 to 0.7 times the network's side, by 0.03 up to 1, by 0.02 up to 1.25, and by
# 0.015 beyond.
ENOUGH = 1.5
# Crops of more than twice this side, as a multiple of the network's, are reduced first: what Pillow
# does with a crop of 20 megapixels takes 0.3 GB.
MOST = 8


def faces_with_crops(
    picture: Picture, detector: Detector, side: int
) -> list[tuple[Face, np.ndarray]]:
    """Find the faces of a picture and cut them out.

    The picture is reduced to what the detector uses. It is decoded again, at a larger scale, only
    if a face is too small there.

    Args:
        picture: the picture.
        detector: face detector.
        side: of the network's input in px.

    Returns:
        From left to right, the faces in px of the full picture, and their crops as uint8 RGB
        ``(height, width, 3)``.
    """
    view = picture.whole(detector.max_side)
    found = find_faces(view.pixels, detector)
    if view.scale == 1:
        return [(face, crop(view.pixels, face, detector.framing)) for face in found]
    faces = [face.moved(view.left, view.top, view.scale) for face in found]
    smallest = min((face.size for face in faces), default=0)
    # One factor for all faces, as each takes another decoding.
    factor = max(1, int(detector.framing * smallest / (ENOUGH * side)))
    return [(face, _crop_of(picture, face, detector.framing, factor, side)) for face in faces]


def _crop_of(picture: Picture, face: Face, framing: float, factor: int, side: int) -> np.ndarray:
    """Return the crop of a face from a picture that is decoded at 1 / ``factor`` or more."""
    x, y, width, height = face.box
    reach = framing * face.size  # more than half the diagonal, as the crop may be turned
    center_x = x + width / 2
    center_y = y + height / 2
    area = (center_x - reach, center_y - reach, center_x + reach, center_y + reach)
    view = picture.part(area, factor, 2 * MOST * side)  # the area has twice the crop's side
    scale = 1 / view.scale
    reduced = face.moved(-view.left * scale, -view.top * scale, scale)
    return upright_square(view.pixels, reduced, framing)
