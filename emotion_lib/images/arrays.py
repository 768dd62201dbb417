"""Arrays of any type and number of channels as pixels of 8 bits."""

import numpy as np

from .checks import ChannelOrder, ImageError, check_size


def from_array(array: np.ndarray, channels: ChannelOrder) -> np.ndarray:
    """Return an array's pixels with their channels in the order RGB.

    Args:
        array: see :func:`emotion_lib.images.read_image`.
        channels: order of the channels of ``array``.

    Returns:
        uint8 ``(height, width, 1)``, ``(height, width, 3)`` or ``(height, width, 4)``, a view of
        the array where that is possible.

    Raises:
        ImageError: the array is no image.
    """
    if channels not in ("RGB", "BGR"):
        raise ImageError(f'Expected channels="RGB" or "BGR". Received: {channels!r}.')
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4):
        raise ImageError(
            "Expected an array (height, width), (height, width, 1), (height, width, 3) or "
            f"(height, width, 4). Received: shape {array.shape}. For several pictures pass a list."
        )
    check_size((array.shape[1], array.shape[0]), "the array")
    pixels = to_uint8(array)
    if channels == "BGR" and pixels.shape[2] == 3:
        return pixels[..., ::-1]
    if channels == "BGR" and pixels.shape[2] == 4:
        return pixels[..., [2, 1, 0, 3]]
    return pixels


def to_8_bit_range(pixels: np.ndarray) -> np.ndarray:
    """Return gray integers of 16 bit, or floats, as float values 0..255."""
    if pixels.dtype == np.uint16 or (pixels.dtype.kind in "iu" and pixels.max(initial=0) > 255):
        return pixels.astype(np.float32) / 257.0
    return pixels.astype(np.float32)


def to_uint8(array: np.ndarray) -> np.ndarray:
    """Return pixels as uint8, or raise an ImageError if their type or range is another."""
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.uint16:
        array = to_8_bit_range(array)
    elif array.dtype.kind != "f":
        raise ImageError(
            f"Expected dtype uint8, uint16 or float. Received: {array.dtype}. "
            "Convert with .astype('uint8')."
        )
    elif not np.isfinite(array).all() or array.min() < 0 or array.max() > 255:
        raise ImageError(
            "Expected float pixels from 0 to 255. "
            f"Received: {np.nanmin(array):.3g} to {np.nanmax(array):.3g}. "
            "Undo the scaling, then pass raw pixels."
        )
    elif 0 < array.max() <= 1:
        raise ImageError(
            f"Expected raw float pixels from 0 to 255. Received: 0 to {array.max():.3g}, which "
            "looks scaled to 0..1. Multiply by 255."
        )
    return np.rint(array).astype(np.uint8)
