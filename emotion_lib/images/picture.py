"""An image that is opened once and decoded no further than its pixels are needed.

libjpeg can decode to 1/2, 1/4 or 1/8 of the sides, for a fraction of the memory: 96 megapixels take
670 MB in full and 10 MB at 1/8. Other formats are decoded in full, but only the parts that are
asked for are converted.
"""

import os
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import Image

from ..files.thread_lock import Lock
from .arrays import from_array, to_8_bit_range, to_uint8
from .checks import ChannelOrder, ImageError, check_size, name_of, only_image_errors
from .conversion import STRIP_PIXELS, to_array, to_rgb
from .opening import open_file, open_image, without_pillow_warnings
from .orientation import SWAPS_AXES, UPRIGHT, Area, orientation_of, stored_spans, upright_corner

ImageSource = str | os.PathLike | bytes | bytearray | memoryview | np.ndarray | Image.Image

# The scales of libjpeg, as divisors of the sides.
_JPEG_SCALES = (8, 4, 2, 1)
# A JPEG file is decoded to at least this part of the side that is asked for: 1/4 of 12 megapixels,
# 1000 px, will do for 1280 px, and takes 17 ms instead of 24 and the work on four times the pixels.
_ENOUGH = 0.75
# px of the longer side that it is decoded to in any case. Less saves little (12 megapixels take 17
# ms at 1/4, 13 ms at 1/8), and a face then often needs a second decoding.
_MIN_JPEG_SIDE = 720
# A larger JPEG file is not decoded in full for a part of it: Pillow takes 4 bytes per pixel.
_MAX_JPEG_PIXELS = 25_000_000
# From so many pixels on, decoding a format without scales takes much memory.
_LARGE_PIXELS = 16_000_000
# Modes that Pillow reduces without a copy of the whole image.
_PLAIN_MODES = ("RGB", "L", "CMYK")

# Two threads must not decode one PIL image at once.
_decoding_given_image = Lock()


class View(NamedTuple):
    """Pixels of a picture, or of a part of it, at a reduced scale.

    Attributes:
        pixels: uint8 RGB ``(height, width, 3)``.
        scale: px of the full picture per px of ``pixels``, from 1.
        left: x in px of the full picture at which ``pixels`` begin. It may be slightly below 0, as
            a picture's sides need not be multiples of the scale.
        top: y, the same.
    """

    pixels: np.ndarray
    scale: float
    left: int
    top: int


class Picture:
    """An image that is opened once, with its pixels at any scale.

    All sizes and places are in px of the full, upright picture.

    Args:
        source: see :func:`emotion_lib.images.read_image`.
        channels: the same.
        name: in error messages; None: the path, or what the source is.

    Attributes:
        name: of the source in error messages, such as its path.

    Raises:
        ImageError: the image cannot be used. All methods raise it, as decoding happens in them.
        FileNotFoundError: the path does not exist.

    Example:
        >>> with Picture(np.zeros((800, 600, 3), np.uint8)) as picture:
        ...     picture.size, picture.whole(200).pixels.shape
        ((600, 800), (200, 150, 3))
    """

    def __init__(
        self, source: ImageSource, *, channels: ChannelOrder = "RGB", name: str | None = None
    ):
        self.name = name or name_of(source)
        self._file: BinaryIO | None = None
        self._image: Image.Image | None = None
        self._array: np.ndarray | None = None
        self._orientation = 1
        self._scale = 0  # divisor of the sides at which the image is decoded; 0: it is not yet
        with only_image_errors(self.name), without_pillow_warnings:
            if isinstance(source, np.ndarray):
                self._array = from_array(source, channels)
                self._scale = 1
                self._stored_size = self._array.shape[1], self._array.shape[0]
            elif isinstance(source, Image.Image):
                check_size(source.size, self.name)
                self._image = source
                self._stored_size = source.size
            elif isinstance(source, str | os.PathLike | bytes | bytearray | memoryview):
                self._file = open_file(source, self.name)
                try:
                    self._open()
                except BaseException:
                    self._file.close()
                    raise
            else:
                raise ImageError(
                    "Expected a path, bytes, a numpy array or a PIL image. "
                    f"Received: {type(source).__name__}. Convert it to one of these."
                )

    def __enter__(self) -> "Picture":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and free the pixels."""
        if self._file is not None:
            self._file.close()
        self._image = None
        self._array = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the full, upright picture in px."""
        if not self._is_jpeg_file:  # a TIFF file may be turned while it is decoded
            with only_image_errors(self.name):
                self._decode(1)
        width, height = self._stored_size
        return (height, width) if self._orientation in SWAPS_AXES else (width, height)

    @property
    def stored_size(self) -> tuple[int, int]:
        """Width and height in px as the file's head names them, which decodes nothing."""
        return self._stored_size

    @property
    def takes_much_memory(self) -> bool:
        """Whether decoding takes much memory, even for a view at a reduced scale."""
        width, height = self._stored_size
        if self._scale or self._file is None or width * height < _LARGE_PIXELS:
            return False
        # libjpeg holds all coefficients of a progressive file.
        return not self._is_jpeg_file or "progressive" in self._image.info

    def pixels(self) -> np.ndarray:
        """Return the whole picture at full scale.

        Returns:
            uint8 RGB ``(height, width, 3)``, contiguous.
        """
        return self.whole(max(self._stored_size)).pixels

    def whole(self, max_side: int) -> View:
        """Return the whole picture, its longer side reduced to ``max_side`` px if it has more.

        It may be reduced to 0.75 times as much if a JPEG file has a scale there.
        """
        side = max(self._stored_size)
        with only_image_errors(self.name):
            self._decode(max(1, int(side / max(_ENOUGH * max_side, _MIN_JPEG_SIDE))))
            width, height = self.size
            times = max(1, max(self._decoded_size) // max_side)
            return self._view((0, 0, width, height), times, max_side)

    def part(self, area: tuple[float, float, float, float], factor: int, max_side: int) -> View:
        """Return a part of the picture.

        Args:
            area: left, top, right and bottom in px; what lies beyond the picture is left out.
            factor: px of the picture per decoded px, from 1. It is larger in JPEG files that would
                have more than 25 megapixels, and smaller if so much is decoded already.
            max_side: px of the longer side of a part that is reduced no further: it is reduced by
                whole numbers, to less than twice as many.
        """
        if self._is_jpeg_file and self._stored_size[0] * self._stored_size[1] > _MAX_JPEG_PIXELS:
            factor = max(2, factor)
        with only_image_errors(self.name):
            self._decode(factor)
            width, height = self.size
            left = min(max(0, int(area[0])), width - 1)
            top = min(max(0, int(area[1])), height - 1)
            right = max(left + 1, min(width, int(np.ceil(area[2]))))
            bottom = max(top + 1, min(height, int(np.ceil(area[3]))))
            side = max(right - left, bottom - top)
            return self._view((left, top, right, bottom), max(1, side // self._scale // max_side))

    @property
    def _is_jpeg_file(self) -> bool:
        return self._file is not None and self._image.format in ("JPEG", "MPO")

    def _open(self) -> None:
        self._image = open_image(self._file, self.name)
        self._stored_size = self._image.size
        self._scale = 0
        if self._is_jpeg_file:
            self._orientation = orientation_of(self._image)

    def _decode(self, factor: int) -> None:
        """Decode the image, unless it is decoded already at a scale of at least 1 / ``factor``."""
        if 0 < self._scale <= factor:
            return
        with without_pillow_warnings:
            if self._file is None:
                with _decoding_given_image:
                    self._decode_in_full()
            elif self._is_jpeg_file:
                if self._scale:
                    self._open()
                scale = next(scale for scale in _JPEG_SCALES if scale <= factor)
                width, height = self._stored_size
                self._image.draft(None, (width // scale, height // scale))
                self._image.load()
                self._scale = scale
            else:
                self._decode_in_full()

    def _decode_in_full(self) -> None:
        self._image.seek(0)  # the first frame of an animation
        self._image.load()
        self._scale = 1
        self._stored_size = self._image.size
        self._orientation = orientation_of(self._image)
        if self._image.mode.startswith("I") or self._image.mode == "F":
            # Pillow's own conversion would clip 16 bit to white.
            self._image = Image.fromarray(to_uint8(to_8_bit_range(np.asarray(self._image))))

    def _view(self, area: Area, times: int, max_side: int | None = None) -> View:
        """Return an area of the decoded picture.

        Args:
            area: in px of the full, upright picture.
            times: whole number by which the decoded pixels are reduced.
            max_side: px of the longer side to which the result is reduced besides.
        """
        factor = times * self._scale
        # In the stored image, cells of factor x factor px become one pixel each.
        cells = []
        for low, high in stored_spans(area, self._stored_size, self._orientation):
            cells.append((low // factor, -(-high // factor)))
        (left, right), (top, bottom) = cells
        width, height = self._decoded_size
        stored = (
            left * times,
            top * times,
            min(right * times, width),
            min(bottom * times, height),
        )
        pixels, rest = self._pixels_of(stored, times, max_side)
        x, y = upright_corner(
            (left * factor, top * factor, right * factor, bottom * factor),
            self._stored_size,
            self._orientation,
        )
        return View(pixels, factor * rest, x, y)

    @property
    def _decoded_size(self) -> tuple[int, int]:
        if self._array is not None:
            return self._array.shape[1], self._array.shape[0]
        return self._image.size

    def _pixels_of(self, area: Area, times: int, max_side: int | None) -> tuple[np.ndarray, float]:
        """Return an area of the stored image, reduced and upright, as RGB.

        Returns:
            The pixels, and by how much they were reduced besides ``times``.
        """
        left, top, right, bottom = area
        rest = 1.0
        if max_side is not None:
            rest = max(
                rest, max(-(-(right - left) // times), -(-(bottom - top) // times)) / max_side
            )
        if self._array is not None and times == rest == 1 and self._array.shape[2] == 3:
            return np.ascontiguousarray(self._array[top:bottom, left:right]), rest
        image = self._reduced(area, times)
        if rest > 1:
            width, height = (max(1, round(side / rest)) for side in image.size)
            image = image.resize((width, height), Image.Resampling.BOX)
        if self._orientation in UPRIGHT:
            image = image.transpose(UPRIGHT[self._orientation])
        return to_array(image), rest

    def _reduced(self, area: Area, times: int) -> Image.Image:
        """Return an area of the stored image, reduced, as an RGB image."""
        left, top, right, bottom = area
        image = self._image
        if image is not None and image.mode in _PLAIN_MODES and not image.has_transparency_data:
            if times > 1:
                return to_rgb(image.reduce(times, area))
            return to_rgb(image if area == (0, 0, *image.size) else image.crop(area))
        rows = max(1, STRIP_PIXELS // ((right - left) * times)) * times
        if rows >= bottom - top and times == 1:
            return self._cut(area)
        size = (-(-(right - left) // times), -(-(bottom - top) // times))
        reduced = Image.new("RGB", size)
        for start in range(top, bottom, rows):
            strip = self._cut((left, start, right, min(start + rows, bottom)))
            reduced.paste(strip.reduce(times), (0, (start - top) // times))
        return reduced

    def _cut(self, area: Area) -> Image.Image:
        """Return an area of the stored image as an RGB image."""
        if self._array is None:
            return to_rgb(self._image.crop(area))
        left, top, right, bottom = area
        pixels = self._array[top:bottom, left:right]
        return to_rgb(Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels))
