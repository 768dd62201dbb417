"""Images of any kind as arrays of RGB pixels."""

import numpy as np
from PIL import Image

from .checks import ChannelOrder
from .picture import ImageSource, Picture


def read_image(source: ImageSource, *, channels: ChannelOrder = "RGB") -> np.ndarray:
    """Decode one image to upright RGB pixels.

    EXIF orientation is applied; CMYK, palette and 16-bit images are converted; transparency is laid
    on white; the first frame of an animation is taken.

    Args:
        source: a path, the bytes of an image file, a PIL image, or an array: ``(height, width)``
            gray, ``(height, width, 1)``, ``(height, width, 3)`` or ``(height, width, 4)`` with
            alpha last; uint8 0..255, uint16 0..65535, or float with values 0..255.
        channels: channel order of an *array* with three or four channels (OpenCV's is "BGR"); files
            and PIL images define their own.

    Returns:
        uint8 array ``(height, width, 3)``, RGB, 0..255.

    Raises:
        ImageError: the image cannot be used: its format is not one of :data:`FORMATS`, it is not a
            regular file, empty, damaged, too small (below 16 px per side), too large (above 100
            megapixels, 65,500 px per side or 1 GiB), or exceeds the memory that is left. No other
            exception is raised, whatever a file contains.
        FileNotFoundError: the path does not exist.

    Example:
        >>> read_image(np.zeros((48, 48), np.uint8)).shape
        (48, 48, 3)
    """
    with Picture(source, channels=channels) as picture:
        return picture.pixels()


def to_gray(rgb: np.ndarray) -> np.ndarray:
    """Return the gray values of an RGB image, by the ITU-R 601 luma that JPEG uses.

    Args:
        rgb: uint8 ``(height, width, 3)``.

    Returns:
        uint8 ``(height, width)``.
    """
    return np.asarray(Image.fromarray(rgb).convert("L"))
