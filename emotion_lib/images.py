"""Any picture -> RGB pixels: decoding with every odd mode handled or refused by a clear error."""

import io
import os
import struct
import warnings
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 100_000_000  # 300 MB as RGB; a header can promise any size, so this is checked before decoding
PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff"})  # within folders
MIN_SIDE = 16  # px; no face can be told from fewer

ImageSource = str | os.PathLike | bytes | bytearray | memoryview | np.ndarray | Image.Image
ChannelOrder = Literal["RGB", "BGR"]


class ImageError(ValueError):
    """A picture that cannot be used; the message says what was expected, what came and what to do."""


def read_image(source: ImageSource, *, channels: ChannelOrder = "RGB") -> np.ndarray:
    """Decode one picture to upright RGB pixels.

    EXIF orientation is applied, CMYK, palette and 16-bit pictures are converted, transparency is laid on white, and
    of an animation the first frame is taken.

    Args:
        source: a path, the bytes of an image file, a PIL image, or an array: ``(height, width)`` gray,
            ``(height, width, 1)``, ``(height, width, 3)`` or ``(height, width, 4)`` with alpha last; uint8 0..255,
            uint16 0..65535, or float whose values are 0..255.
        channels: channel order of an *array* with three or four channels (OpenCV gives "BGR"); files and PIL images
            know their own.

    Returns:
        uint8 array ``(height, width, 3)``, RGB, 0..255.

    Raises:
        ImageError: not an image, empty, truncated, too small (below 16 px) or too large (above 100 megapixels).
        FileNotFoundError: the path does not exist.
    """
    if isinstance(source, np.ndarray):
        rgb = _from_array(source, channels)
    elif isinstance(source, Image.Image):
        _check_size(source.size, "the PIL image")
        rgb = _from_pil(source, "the PIL image")
    elif isinstance(source, bytes | bytearray | memoryview):
        rgb = _from_file(bytes(source), "the bytes given")
    elif isinstance(source, str | os.PathLike):
        path = Path(source)
        if path.is_dir():
            raise ImageError(f"Expected an image file. Received: the folder {path}. Name a file in it.")
        rgb = _from_file(path.read_bytes(), str(path))
    else:
        raise ImageError(
            f"Expected a path, bytes, a numpy array or a PIL image. Received: {type(source).__name__}. "
            "Convert it to one of these."
        )
    return np.ascontiguousarray(rgb)


def to_gray(rgb: np.ndarray) -> np.ndarray:
    """RGB ``(height, width, 3)`` uint8 -> gray ``(height, width)`` uint8 by the ITU-R 601 luma that JPEG uses."""
    return np.asarray(Image.fromarray(rgb).convert("L"))


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"Expected at most {MAX_PIXELS // 1_000_000} megapixels in {name}. Received: {width}x{height} px. "
            "Scale the picture down first."
        )
    if min(size) < MIN_SIDE:
        raise ImageError(
            f"Expected at least {MIN_SIDE} px a side in {name}. Received: {width}x{height} px. "
            "Use a larger picture of the face."
        )


def _from_file(data: bytes, name: str) -> np.ndarray:
    if not data:
        raise ImageError(f"Expected an image in {name}. Received: an empty file (0 bytes). Save or download it again.")
    try:
        with warnings.catch_warnings():
            # Pillow warns about size only: _check_size decides that, with an error that says what to do.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                _check_size(image.size, name)
                return _from_pil(image, name)
    except ImageError:
        raise
    except UnidentifiedImageError:
        raise ImageError(
            f"Expected an image (JPEG, PNG, WebP, GIF, BMP, TIFF ...) in {name}. "
            f"Received: {len(data)} bytes that no decoder recognises. Convert it to JPEG or PNG."
        ) from None
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"Expected at most {MAX_PIXELS // 1_000_000} megapixels in {name}. Received: {error}. "
            "Scale the picture down first."
        ) from None
    except (OSError, ValueError, SyntaxError, EOFError, struct.error) as error:  # a header that ends too early
        raise _damaged(name, error) from None


def _damaged(name: str, error: Exception) -> ImageError:
    return ImageError(
        f"Expected a complete image in {name}. Received: a truncated or damaged one ({error}). Save or download it again."
    )


def _from_pil(image: Image.Image, name: str) -> np.ndarray:
    try:
        image.seek(0)  # an animation: its first frame
        image.load()
    except (OSError, SyntaxError, EOFError, ValueError, struct.error) as error:
        raise _damaged(name, error) from None
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":  # Pillow's own conversion would clip 16 bit to white
        return _from_array(_to_8_bit_range(np.asarray(image)), "RGB")
    if image.mode == "La":  # gray with premultiplied alpha has no way to RGBA but by LA
        image = image.convert("LA")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))


def _to_8_bit_range(pixels: np.ndarray) -> np.ndarray:
    """Gray integers of 16 bit, or floats, -> float 0..255."""
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
            "Expected an array (height, width), (height, width, 1), (height, width, 3) or (height, width, 4). "
            f"Received: shape {array.shape}. For several pictures pass a list."
        )
    _check_size((array.shape[1], array.shape[0]), "the array")
    if array.dtype == np.uint16:
        array = _to_8_bit_range(array)
    elif array.dtype.kind == "f":
        if not np.isfinite(array).all() or array.min() < 0 or array.max() > 255:
            raise ImageError(
                "Expected float pixels from 0 to 255. "
                f"Received: {np.nanmin(array):.3g} to {np.nanmax(array):.3g}. Undo the scaling, then pass raw pixels."
            )
        if 0 < array.max() <= 1:
            raise ImageError(
                f"Expected raw float pixels from 0 to 255. Received: 0 to {array.max():.3g}, which looks scaled to 0..1. "
                "Multiply by 255."
            )
    elif array.dtype != np.uint8:
        raise ImageError(f"Expected dtype uint8, uint16 or float. Received: {array.dtype}. Convert with .astype('uint8').")
    pixels = np.rint(array).astype(np.uint8) if array.dtype != np.uint8 else array
    if pixels.shape[2] == 1:
        return np.repeat(pixels, 3, axis=2)
    if channels == "BGR":
        pixels = pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]
    if pixels.shape[2] == 4:
        return _from_pil(Image.fromarray(pixels, "RGBA"), "the array")
    return pixels
