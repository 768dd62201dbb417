"""Cutting faces out of images, framed, turned upright and scaled like the faces of FER-2013.

On photographs the crop decides accuracy more than the network does. Measured on faces of
PublicTest, enlarged three times and found again by YuNet (n about 1,100; accuracy with FER-2013's
own crop: 66 %):

- The square around the box gives 61 % on upright faces, 50 % on faces turned by 30 degrees and 39 %
  on faces turned by 45 degrees.
- Turning the face upright by the line through the eyes gives 56 % and 48 % on those. Below 10
  degrees it gains nothing.
- Moving all five landmarks to their mean positions is no better.
- Pillow's bicubic filter gives 1 to 1.5 percentage points more than its bilinear one.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from .detection import WHOLE_IMAGE, Face

# Degrees from which on a face is turned upright. Smaller tilts are common in FER-2013 itself
# (standard deviation 5).
MIN_ROLL = 10.0
RESAMPLING = Image.Resampling.BICUBIC
# A crop of at least twice this side, in px, is reduced before it is turned: it takes 84 ms to turn
# one of 591 px, and 5 ms to turn it at a third.
MIN_TURNED = 192
# Side of a crop, as a multiple of the image's longer side, from which on it would show little but
# repeated edges: a box that a detector got wrong must not take all memory.
MAX_CROP = 4


class Square(NamedTuple):
    """Square of a picture that a network sees.

    Attributes:
        center_x: in px.
        center_y: the same.
        side: in px.
        roll: clockwise angle by which the square is turned about its centre, in degrees; 0 below
            :data:`MIN_ROLL`.
    """

    center_x: float
    center_y: float
    side: float
    roll: float


def square_of(face: Face, framing: float, size: tuple[int, int]) -> Square:
    """Return the square that :func:`crop` cuts out.

    Args:
        face: a face of the picture.
        framing: of the detector that found it, see :class:`emotion_lib.faces.detection.Detector`.
        size: width and height of the picture in px.

    Example:
        >>> square_of(Face((40, 20, 60, 60), 0.9), 1.2, (640, 480))
        Square(center_x=70.0, center_y=50.0, side=72.0, roll=0.0)
    """
    x, y, width, height = face.box
    side = float(max(size))
    if side > WHOLE_IMAGE:
        side = min(framing * face.size, MAX_CROP * side)
    roll = face.roll if abs(face.roll) >= MIN_ROLL else 0.0
    return Square(x + width / 2, y + height / 2, side, roll)


def crop(image: np.ndarray, face: Face, framing: float) -> np.ndarray:
    """Cut out the square that FER-2013 would show of a face.

    A face that is turned by :data:`MIN_ROLL` degrees or more is turned upright.

    Args:
        image: uint8 ``(height, width, 3)``.
        face: a face of this image.
        framing: of the detector that found it, see :class:`emotion_lib.faces.detection.Detector`.

    Returns:
        uint8 ``(side, side, 3)``. Pixels beyond the image repeat its edge. A large face that is
        turned is reduced to a side of :data:`MIN_TURNED` px or more.
    """
    height, width = image.shape[:2]
    return _turned_square(image, square_of(face, framing, (width, height)))


def upright_square(image: np.ndarray, face: Face, framing: float) -> np.ndarray:
    """Cut out a face as :func:`crop` does, also from an image that is a small part of another."""
    side = min(framing * face.size, MAX_CROP * max(image.shape[:2]))
    return _turned_square(image, square_of(face, framing, image.shape[:2])._replace(side=side))


def _turned_square(image: np.ndarray, square: Square) -> np.ndarray:
    """Cut out a square, turned upright."""
    side = max(2, round(square.side))
    center_x, center_y, _, roll = square
    if not roll:
        return cut_square(image, center_x, center_y, side)
    # A square that holds the corners of the turned one.
    outer_side = int(np.ceil(side * 1.5)) // 2 * 2 + side % 2
    outer = Image.fromarray(cut_square(image, center_x, center_y, outer_side))
    times = max(1, side // MIN_TURNED)
    if times > 1:
        outer = outer.reduce(times)
        side = round(side / times)
    # From the turned square to the outer one, about the centres of both.
    cos, sin = float(np.cos(np.radians(roll))), float(np.sin(np.radians(roll)))
    center = outer_side / times / 2
    middle = side / 2
    matrix = (
        *(cos, -sin, center - middle * (cos - sin)),
        *(sin, cos, center - middle * (sin + cos)),
    )
    return np.asarray(outer.transform((side, side), Image.Transform.AFFINE, matrix, RESAMPLING))


def to_input(crops: Sequence[np.ndarray], input_shape: tuple[int, ...]) -> np.ndarray:
    """Return crops of any size as one batch for a network.

    Args:
        crops: uint8 RGB ``(height, width, 3)`` each.
        input_shape: height, width and channels (1: gray, 3: RGB) of the network's input.

    Returns:
        uint8 ``(n, height, width, channels)``, 0..255.
    """
    height, width, channels = input_shape
    mode = "L" if channels == 1 else "RGB"
    batch = np.empty((len(crops), height, width, channels), np.uint8)
    for row, pixels in zip(batch, crops, strict=True):
        image = Image.fromarray(pixels).convert(mode)
        # Pillow's filter averages over the pixels that it drops, so that large faces do not alias.
        row[:] = np.asarray(image.resize((width, height), RESAMPLING)).reshape(row.shape)
    return batch


def cut_square(image: np.ndarray, x: float, y: float, side: int) -> np.ndarray:
    """Cut out the square around a point. Pixels beyond the image repeat its edge.

    Args:
        image: uint8 ``(height, width, 3)``.
        x: centre of the square in px; may lie beyond the image.
        y: the same.
        side: of the square in px.

    Returns:
        uint8 ``(side, side, 3)``.
    """
    height, width = image.shape[:2]
    top = round(y - side / 2)
    left = round(x - side / 2)
    if 0 <= top <= height - side and 0 <= left <= width - side:
        return image[top : top + side, left : left + side].copy()
    rows = np.clip(top + np.arange(side), 0, height - 1)
    columns = np.clip(left + np.arange(side), 0, width - 1)
    return image[rows[:, None], columns]
