"""Any image as RGB pixels: every unusual mode is converted, or refused with a clear error."""

import io
import os
import stat
import warnings
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from .errors import EmotionError
from .files import printable
from .files.listing import PICTURE_SUFFIXES as PICTURE_SUFFIXES

# The only decoders that are tried; a file's name does not matter. Pillow has dozens: some are
# hardly ever used and raise any type on damaged input, and one (EPS) starts Ghostscript. "JPEG"
# includes the MPO files of phones.
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "DIB", "TIFF", "JPEG2000", "PPM", "TGA")
# 300 MB as RGB. A header can promise any size, so this is checked before decoding.
MAX_PIXELS = 100_000_000
# px; the most that libjpeg can read and write, so that an annotated copy is always possible.
MAX_SIDE = 65_500
MAX_BYTES = 2**30  # of a file; 100 megapixels of 16-bit RGBA without compression take 0.8 GB
MIN_SIDE = 16  # px; no face can be recognised from fewer

ImageSource = str | os.PathLike | bytes | bytearray | memoryview | np.ndarray | Image.Image
ChannelOrder = Literal["RGB", "BGR"]

_UPRIGHT = {  # EXIF orientation -> operation that turns the image upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class ImageError(EmotionError, ValueError):
    """An image that cannot be used; the message says what was expected, what came, what to do."""


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
    name = _name(source)
    try:
        return np.ascontiguousarray(_decode(source, channels, name))
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


def to_gray(rgb: np.ndarray) -> np.ndarray:
    """Return the gray values of an RGB image, by the ITU-R 601 luma that JPEG uses.

    Args:
        rgb: uint8 ``(height, width, 3)``.

    Returns:
        uint8 ``(height, width)``.
    """
    return np.asarray(Image.fromarray(rgb).convert("L"))


def _name(source: ImageSource) -> str:
    """Return the name of a source in error messages."""
    if isinstance(source, str | os.PathLike):
        return printable(source)
    if isinstance(source, Image.Image):
        return "the PIL image"
    return "the array" if isinstance(source, np.ndarray) else "the bytes given"


def _decode(source: ImageSource, channels: ChannelOrder, name: str) -> np.ndarray:
    if isinstance(source, np.ndarray):
        return _from_array(source, channels)
    if isinstance(source, Image.Image):
        _check_size(source.size, name)
        return _from_pil(source)
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        return _from_file(io.BytesIO(data), len(data), name)
    if isinstance(source, str | os.PathLike):
        return _from_path(Path(source), name)
    raise ImageError(
        "Expected a path, bytes, a numpy array or a PIL image. "
        f"Received: {type(source).__name__}. Convert it to one of these."
    )


def _check_size(size: tuple[int, int], name: str) -> None:
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


def _from_path(path: Path, name: str) -> np.ndarray:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ImageError(
                f"Expected an image file. Received: the folder {name}. Name a file in it."
            )
        # Opening a pipe would wait for a writer, and reading a device would never end.
        if not stat.S_ISREG(status.st_mode):
            raise ImageError(
                f"Expected an image file. Received: {name}, which is a pipe, a device or a "
                "socket. Save the picture as a file, or pass its bytes."
            )
        file = path.open("rb")
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"Expected an image file. Received: {name}, which does not exist."
        ) from error
    except (OSError, ValueError) as error:
        # No permission, a name that is too long, or a name with a null byte.
        raise ImageError(
            f"Expected an image file that can be read. Received: {name} ({error})."
        ) from error
    with file:
        return _from_file(file, status.st_size, name)


def _from_file(file: BinaryIO, size: int, name: str) -> np.ndarray:
    if size == 0:
        raise ImageError(
            f"Expected an image in {name}. Received: an empty file (0 bytes). "
            "Save or download it again."
        )
    if size > MAX_BYTES:
        raise ImageError(
            f"Expected at most {MAX_BYTES:,} bytes in {name}. Received: {size:,}. "
            "Save the picture as JPEG or PNG."
        )
    try:
        with warnings.catch_warnings():
            # Pillow warns about size, which _check_size decides on, and about metadata, which are
            # not needed.
            warnings.simplefilter("ignore")
            with Image.open(file, formats=FORMATS) as image:
                _check_size(image.size, name)
                return _from_pil(image)
    except UnidentifiedImageError:
        raise ImageError(
            "Expected an image (JPEG, PNG, WebP, AVIF, GIF, BMP, TIFF, JPEG 2000, PPM, TGA) in "
            f"{name}. Received: {size} bytes that no decoder recognises. Convert it to JPEG or PNG."
        ) from None
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"Expected at most {MAX_PIXELS // 1_000_000} megapixels in {name}. "
            f"Received: {error}. Scale the picture down first."
        ) from None


def _from_pil(image: Image.Image) -> np.ndarray:
    image.seek(0)  # the first frame of an animation
    image.load()
    orientation = _orientation(image)
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
    if image.mode.startswith("I") or image.mode == "F":
        # Pillow's own conversion would clip 16 bit to white.
        return _from_array(_to_8_bit_range(np.asarray(image)), "RGB")
    if image.mode == "La":  # gray with premultiplied alpha can become RGBA only through LA
        image = image.convert("LA")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    if image.mode != "RGB":  # converting to the same mode would copy it: 0.4 GB for 100 megapixels
        image = image.convert("RGB")
    return np.asarray(image)


def _orientation(image: Image.Image) -> int | None:
    """Return the orientation from EXIF or XMP, or None if there is none or they are damaged."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # their parser raises many types, and the pixels are still usable
        return None


def _to_8_bit_range(pixels: np.ndarray) -> np.ndarray:
    """Return gray integers of 16 bit, or floats, as float values 0..255."""
    if pixels.dtype == np.uint16 or (pixels.dtype.kind in "iu" and pixels.max(initial=0) > 255):
        return pixels.astype(np.float32) / 257.0
    return pixels.astype(np.float32)


def _from_array(array: np.ndarray, channels: ChannelOrder) -> np.ndarray:
    if channels not in ("RGB", "BGR"):
        raise ImageError(f'Expected channels="RGB" or "BGR". Received: {channels!r}.')
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4):
        raise ImageError(
            "Expected an array (height, width), (height, width, 1), (height, width, 3) or "
            f"(height, width, 4). Received: shape {array.shape}. For several pictures pass a list."
        )
    _check_size((array.shape[1], array.shape[0]), "the array")
    pixels = _to_uint8(array)
    if pixels.shape[2] == 1:
        return np.repeat(pixels, 3, axis=2)
    if channels == "BGR":
        pixels = pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]
    if pixels.shape[2] == 4:
        return _from_pil(Image.fromarray(pixels, "RGBA"))
    return pixels


def _to_uint8(array: np.ndarray) -> np.ndarray:
    """Return pixels as uint8, or raise an ImageError if their type or range is another."""
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.uint16:
        array = _to_8_bit_range(array)
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
