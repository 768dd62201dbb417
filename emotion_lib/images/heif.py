"""HEIC and HEIF photographs of phones, which the optional package pi-heif decodes.

A file with a single damaged byte can end the process that decodes it: of 300 files with up to seven
random bytes, two did (pi-heif 1.4.0, in its metadata). So that is a process of its own.

The plugin for Pillow turns pictures upright, and reduces 10 bits per channel to 8.
"""

import importlib.util
import subprocess
import sys

from PIL import Image

from ..files.thread_lock import Lock
from .checks import ImageError, check_size

# The brands of HEIF files; "mif1" and "msf1" can also be AVIF.
_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
HEAD_BYTES = 12
# Seconds for one picture: 48 megapixels take about two.
MAX_SECONDS = 60
# Writes mode, width and height, and the pixels of a picture of at most so many.
_PROGRAM = """
import io, sys
import pi_heif
from PIL import Image, UnidentifiedImageError
Image.MAX_IMAGE_PIXELS = None
pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
try:
    image = Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=["HEIF"])
    few = image.width * image.height <= int(sys.argv[1])
    content = image.tobytes() if few else b""
except UnidentifiedImageError:
    sys.exit("the decoder does not recognise it")
except Exception as error:
    sys.exit(str(error) or type(error).__name__)
sys.stdout.buffer.write(f"{image.mode} {image.width} {image.height}\\n".encode() + content)
"""
# A picture takes much memory twice.
_one_at_a_time = Lock()


def is_heif(head: bytes) -> bool:
    """Return whether a file that begins with these bytes may be HEIF.

    Args:
        head: the first :data:`HEAD_BYTES` bytes.

    Example:
        >>> is_heif(bytes(4) + b"ftypheic")
        True
    """
    return head[4:8] == b"ftyp" and head[8:12] in _BRANDS


def is_installed() -> bool:
    """Return whether pi-heif is installed."""
    return importlib.util.find_spec("pi_heif") is not None


def decode(content: bytes, name: str, max_pixels: int) -> Image.Image:
    """Decode a HEIF file in another process.

    Args:
        content: the file.
        name: of the image in messages.
        max_pixels: of a picture that is decoded.

    Returns:
        The upright picture.

    Raises:
        ImageError: it is damaged, or has too many pixels.
    """
    command = [sys.executable, "-I", "-c", _PROGRAM, str(max_pixels)]
    try:
        with _one_at_a_time:
            done = subprocess.run(command, input=content, capture_output=True, timeout=MAX_SECONDS)
    except subprocess.TimeoutExpired:
        raise _damaged(name, f"not decoded within {MAX_SECONDS} seconds") from None
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise _damaged(name, reason or "the decoder broke off")
    head, _, pixels = done.stdout.partition(b"\n")
    mode, width, height = head.decode().split()
    size = (int(width), int(height))
    check_size(size, name)
    return Image.frombytes(mode, size, pixels)


def _damaged(name: str, reason: str) -> ImageError:
    return ImageError(
        f"Expected a complete image in {name}. Received: a truncated or damaged one ({reason}). "
        "Save or download it again."
    )
