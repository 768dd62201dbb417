"""Limits of images, and the error of an image that cannot be used."""

import contextlib
import os
from collections.abc import Iterator
from typing import Literal

from PIL import Image

from ..errors import EmotionError
from ..files import printable

# The only decoders that are tried; a file's name does not matter. Pillow has dozens: some are
# hardly ever used and raise any type on damaged input, and one (EPS) starts Ghostscript. "JPEG"
# includes the MPO files of phones. HEIF is added for files that look like it, see images/heif.py.
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "DIB", "TIFF", "JPEG2000", "PPM", "TGA")
# 300 MB as RGB. A header can promise any size, so this is checked before decoding.
MAX_PIXELS = 100_000_000
# px; the most that libjpeg can read and write, so that an annotated copy is always possible.
MAX_SIDE = 65_500
MAX_BYTES = 2**30  # of a file; 100 megapixels of 16-bit RGBA without compression take 0.8 GB
MIN_SIDE = 16  # px; no face can be recognised from fewer

ChannelOrder = Literal["RGB", "BGR"]


class ImageError(EmotionError, ValueError):
    """An image that cannot be used; the message says what was expected, what came, what to do."""


def name_of(source: object) -> str:
    """Return the name of a source in error messages."""
    if isinstance(source, str | os.PathLike):
        return printable(source)
    if isinstance(source, Image.Image):
        return "the PIL image"
    if isinstance(source, bytes | bytearray | memoryview):
        return "the bytes given"
    return "the array"


def check_size(size: tuple[int, int], name: str) -> None:
    """Raise an ImageError if an image is too large or too small.

    Args:
        size: width and height in px.
        name: of the image in the message.
    """
    width, height = size
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"Expected at most {MAX_PIXELS // 1_000_000} megapixels in {name}. "
            f"Received: {width}x{height} px. Scale the picture down first."
        )
    if max(size) > MAX_SIDE:
        raise ImageError(
            f"Expected at most {MAX_SIDE:,} px per side in {name}. "
            f"Received: {width}x{height} px. Scale the picture down or cut it first."
        )
    if min(size) < MIN_SIDE:
        raise ImageError(
            f"Expected at least {MIN_SIDE} px per side in {name}. "
            f"Received: {width}x{height} px. Use a larger picture of the face."
        )


@contextlib.contextmanager
def only_image_errors(name: str) -> Iterator[None]:
    """Turn every exception of a decoder into an ImageError.

    Args:
        name: of the image in the message.
    """
    try:
        yield
    except (ImageError, FileNotFoundError):
        raise
    except MemoryError:
        raise ImageError(
            f"Expected enough memory to decode {name}. Received: not enough. "
            "Scale the picture down, or give the process more memory."
        ) from None
    except Exception as error:  # decoders of damaged files raise any type
        reason = str(error) or type(error).__name__
        raise ImageError(
            f"Expected a complete image in {name}. Received: a truncated or damaged one "
            f"({reason}). Save or download it again."
        ) from error
