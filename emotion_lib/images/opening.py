"""Opening image files without decoding them."""

import io
import os
import stat
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from ..files.thread_lock import Lock
from .checks import FORMATS, MAX_BYTES, MAX_PIXELS, ImageError, check_size
from .heif import HEAD_BYTES, decode, is_heif, is_installed


def open_file(source: str | os.PathLike | bytes | bytearray | memoryview, name: str) -> BinaryIO:
    """Return the open file of a path, or of the bytes of one.

    Args:
        source: the path or the bytes.
        name: of the image in messages.

    Raises:
        ImageError: it is no regular file, empty, too large, or it cannot be opened.
        FileNotFoundError: the path does not exist.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        _check_bytes(len(data), name)
        return io.BytesIO(data)
    try:
        path = Path(source)
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
        _check_bytes(status.st_size, name)
        return path.open("rb")
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


def open_image(file: BinaryIO, name: str) -> Image.Image:
    """Return the image in a file, which is not decoded yet unless it is HEIF.

    Args:
        file: from :func:`open_file`; it stays open.
        name: of the image in messages.

    Raises:
        ImageError: no decoder recognises it, or it has too few or too many pixels.
    """
    file.seek(0)
    might_be_heif = is_heif(file.read(HEAD_BYTES))
    file.seek(0)
    try:
        image = Image.open(file, formats=FORMATS)
    except UnidentifiedImageError:
        file.seek(0)
        if might_be_heif and is_installed():
            return decode(file.read(), name, MAX_PIXELS)
        if might_be_heif:
            raise ImageError(
                f"Expected the package pi-heif for {name}, a photograph in the format HEIC. "
                "Received: it is not installed. `pip install 'emotion-lib[app]'` installs it."
            ) from None
        size = file.seek(0, io.SEEK_END)
        raise ImageError(
            "Expected an image (JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP, TIFF, JPEG 2000, PPM, TGA) "
            f"in {name}. Received: {size} bytes that no decoder recognises. "
            "Convert it to JPEG or PNG."
        ) from None
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"Expected at most {MAX_PIXELS // 1_000_000} megapixels in {name}. "
            f"Received: {error}. Scale the picture down first."
        ) from None
    check_size(image.size, name)
    return image


def _check_bytes(size: int, name: str) -> None:
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


class _PillowWarnings:
    """Pillow's warnings, which are discarded while any thread is in a ``with`` block.

    Pillow warns about size, which :func:`check_size` decides on, and about metadata, which are not
    needed. ``warnings.catch_warnings`` alone is not safe in threads: the last of two that overlap
    would restore the filters that the first one had set.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._readers = 0
        self._filters = ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if self._readers == 0:
                self._filters.enter_context(warnings.catch_warnings())
                warnings.filterwarnings("ignore", module=r"PIL\.")
            self._readers += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._readers -= 1
            if self._readers == 0:
                self._filters.close()


without_pillow_warnings = _PillowWarnings()
