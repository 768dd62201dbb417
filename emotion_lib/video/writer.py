"""Annotated copy of a video."""

import errno
import os
import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from ..files import printable
from ..inference.drawing import annotate
from .frames import VideoError, openable
from .moments import Moment

# Frames per second of a copy: OpenCV's writer takes no lower rate, and players need no higher one.
MIN_RATE = 0.002
MAX_RATE = 60.0
# Frames written per frame read, so that no crafted video keeps the writer busy.
MAX_COPIES = 100
# More of them, for a pause at the start.
SPARE_COPIES = 250
# Bytes that must be free: OpenCV does not report a write that failed, and the index comes last.
MIN_FREE = 16 * 2**20


class VideoWriter(AbstractContextManager):
    """Annotated frames in a video file of constant rate, as long as the original.

    A frame that is shown longer is written more often, and one that is shown for less than half an
    interval may be left out. A pause is shortened where it would take more than :data:`MAX_COPIES`
    written frames per frame read.

    The suffix decides the kind: ``.webm`` (VP8) plays in any browser; anything else, such as
    ``.mp4``, is MPEG-4, three times as fast to write but for players only. OpenCV comes without an
    H.264 encoder, which would be both.

    The file is made when the first frame is written.

    Args:
        path: the file; its folder is made.
        frames_per_second: of the original, such as ``Video.frames_per_second``; at most
            :data:`MAX_RATE` are written.

    Raises:
        VideoError: the file cannot be opened for writing.
        OSError: the disk is nearly full; the frames written before stay playable.
    """

    def __init__(self, path: str | os.PathLike, frames_per_second: float):
        self.path = Path(path)
        # OpenCV keeps three decimals: frames are counted by exactly the rate that players use.
        self._rate = round(min(max(frames_per_second, MIN_RATE), MAX_RATE), 3)
        self._writer: Any = None  # cv2.VideoWriter, once the first frame is there
        self._read = 0
        self._written = 0
        self._skipped = 0  # frames of pauses that were shortened

    @property
    def shortened(self) -> bool:
        """True if a pause was shortened, which makes the copy shorter than the original."""
        return self._skipped > 0

    def write(self, moment: Moment) -> None:
        """Add a frame with its boxes and labels."""
        import cv2

        self._read += 1
        until = round(moment.frame.time_s * self._rate) + 1 - self._skipped
        most = MAX_COPIES * self._read + SPARE_COPIES
        if until > most:
            self._skipped += until - most
            until = most
        if self._writer is None:
            self._open(moment.frame.image)
        if shutil.disk_usage(self.path.parent).free < MIN_FREE:
            raise OSError(errno.ENOSPC, "less than 16 MiB left on the disk", printable(self.path))
        if until <= self._written:
            return
        image = annotate(moment.frame.image, moment.predictions, moment.track_ids)
        image = cv2.cvtColor(image[: self._size[1], : self._size[0]], cv2.COLOR_RGB2BGR)
        # A video may change its size. OpenCV would leave out frames of another size.
        if image.shape[1::-1] != self._size:
            image = cv2.resize(image, self._size)
        for _ in range(self._written, until):
            self._writer.write(image)
        self._written = until

    def _open(self, image: np.ndarray) -> None:
        import cv2

        height, width = image.shape[:2]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._size = (width // 2 * 2, height // 2 * 2)  # the codec wants even sides
        codec = "VP80" if self.path.suffix == ".webm" else "mp4v"
        with openable(self.path) as opened:
            self._writer = cv2.VideoWriter(
                opened, cv2.VideoWriter.fourcc(*codec), self._rate, self._size
            )
        if not self._writer.isOpened():
            raise VideoError(
                f"Expected to write {printable(self.path)}. Received: it cannot be opened. "
                "Choose another file."
            )

    def __exit__(self, *_):
        if self._writer is not None:
            self._writer.release()
