"""Frames of videos, and the means to open them with OpenCV."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..environment import require
from ..errors import EmotionError
from ..files import printable


class VideoError(EmotionError, ValueError):
    """Error of a video or camera that cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Frame:
    """One frame of a video or camera.

    Attributes:
        index: number of the frame, from 0.
        time_s: time in seconds since the first frame: for a video from its timestamps (see
            :class:`emotion_lib.video.clock.Clock`), for a camera from this machine's clock.
        image: uint8 RGB ``(height, width, 3)``, upright.
    """

    index: int
    time_s: float
    image: np.ndarray


@contextlib.contextmanager
def openable(path: str | os.PathLike) -> Iterator[str]:
    """Yield a name under which OpenCV and FFmpeg open exactly this file.

    OpenCV's binding crashes on a name that is not UTF-8, and FFmpeg takes ``talk: part 1.mp4`` for
    a protocol.

    Args:
        path: the file. It need not exist, so that it can be written.
    """
    absolute = os.path.abspath(path)
    if printable(absolute) == absolute:
        yield absolute
        return
    suffix = Path(absolute).suffix
    if printable(suffix) != suffix:
        suffix = ""
    with tempfile.TemporaryDirectory(prefix="emotion-") as folder:
        link = Path(folder) / f"video{suffix}"
        link.symlink_to(absolute)
        yield str(link)


def load_opencv():
    """Return the module ``cv2``.

    Raises:
        MissingPackageError: it is not installed.
        VideoError: it does not load.
    """
    require("cv2")
    try:
        import cv2
    except ImportError as error:  # it needs libGL.so.1, which bare servers lack
        raise VideoError(
            f"Expected OpenCV, which decodes videos, to load. Received: {error}. "
            "Install the system packages libgl1 and libglib2.0-0."
        ) from error
    return cv2
