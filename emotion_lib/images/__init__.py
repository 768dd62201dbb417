"""Any image as RGB pixels: every unusual mode is converted, or refused with a clear error."""

from ..files.listing import PICTURE_SUFFIXES
from .checks import (
    FORMATS,
    MAX_BYTES,
    MAX_PIXELS,
    MAX_SIDE,
    MIN_SIDE,
    ChannelOrder,
    ImageError,
    name_of,
)
from .picture import ImageSource, Picture, View
from .reading import read_image, to_gray

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_SIDE",
    "MIN_SIDE",
    "PICTURE_SUFFIXES",
    "ChannelOrder",
    "ImageError",
    "ImageSource",
    "Picture",
    "View",
    "name_of",
    "read_image",
    "to_gray",
]
