"""Annotated copy of a video."""

import errno
import os
import shutil
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
from PIL import Image

from ..faces.detection import shrink
from ..files import printable, same_file
from ..inference.drawing import annotate
from .encoders import Encoder, FFmpegEncoder, OpenCVEncoder, can_encode_h264, complete
from .frames import VideoError
from .moments import Moment

# Frames per second of a copy: players need no higher rate.
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

    Browsers play the file. It is a ``.mp4`` (H.264) with the original's sound, made by the program
    ffmpeg. Where that is missing or has no H.264 encoder, it is a ``.webm`` (VP8) without sound,
    made by OpenCV. It is made when the first frame is written.

    Args:
        path: the file, with the suffix ``.mp4``; its folder is made.
        frames_per_second: of the original, such as ``Video.frames_per_second``; at most
            :data:`MAX_RATE` are written.
        sound_of: the video whose sound is copied; None: the copy is silent. The sound is left out
            if a pause was shortened.
        max_side: px of the copy's longer side, at most; None: the size of the original.

    Attributes:
        path: the file, with the suffix ``.webm`` if it is one.
        notes: sentences on what the copy lacks, complete when it is closed.

    Raises:
        VideoError: the file cannot be opened for writing, is the original itself, or another file
            has the name of the ``.webm``.
        OSError: the disk is nearly full, or ffmpeg has ended; the frames written before stay
            playable.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        frames_per_second: float,
        sound_of: str | os.PathLike | None = None,
        max_side: int | None = None,
    ):
        self.path = Path(path)
        if self.path.suffix != ".mp4":
            raise VideoError(
                f"Expected a name that ends with .mp4. Received: {printable(path)}. Rename it."
            )
        self._sound_of = Path(sound_of) if sound_of is not None else None
        self._max_side = max_side
        # OpenCV keeps three decimals: frames are counted by exactly the rate that players use.
        self._rate = round(min(max(frames_per_second, MIN_RATE), MAX_RATE), 3)
        self._encoder: Encoder | None = None  # once the first frame is there
        self._read = 0
        self._written = 0
        self._skipped = 0  # frames of pauses that were shortened
        self.notes: list[str] = []

    @property
    def shortened(self) -> bool:
        """True if a pause was shortened, which makes the copy shorter than the original."""
        return self._skipped > 0

    def write(self, moment: Moment) -> None:
        """Add a frame with its boxes and labels."""
        encoder = self._encoder or self._open(self._shrunk(moment.frame.image))
        self._read += 1
        until = round(moment.frame.time_s * self._rate) + 1 - self._skipped
        most = MAX_COPIES * self._read + SPARE_COPIES
        if until > most:
            self._skipped += until - most
            until = most
        if shutil.disk_usage(self.path.parent).free < MIN_FREE:
            raise OSError(errno.ENOSPC, "less than 16 MiB left on the disk", printable(self.path))
        if until <= self._written:
            return
        image = annotate(moment.frame.image, moment.predictions, moment.track_ids)
        image = self._shrunk(image)
        image = image[: self._size[1], : self._size[0]]
        if image.shape[1::-1] != self._size:  # a video may change its size
            image = np.asarray(Image.fromarray(image).resize(self._size, Image.Resampling.BILINEAR))
        while self._written < until:
            encoder.write(image)
            self._written += 1

    def _shrunk(self, image: np.ndarray) -> np.ndarray:
        return image if self._max_side is None else shrink(image, self._max_side)[0]

    def _open(self, image: np.ndarray) -> Encoder:
        height, width = image.shape[:2]
        self._size = (width // 2 * 2, height // 2 * 2)  # the codecs want even sides
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self._sound_of is not None and same_file(self.path, self._sound_of):
            raise self._refused("the original itself")
        if can_encode_h264(self._size, self._rate):
            try:
                self.path.open("wb").close()
            except OSError as error:
                raise self._refused(f"it cannot be opened ({error.strerror})") from error
            self._encoder = FFmpegEncoder(self.path, self._size, self._rate)
        else:
            self.path = self.path.with_suffix(".webm")
            if os.path.lexists(self.path):
                raise self._refused("another file of this name")
            self._rate = max(self._rate, OpenCVEncoder.MIN_RATE)
            self._encoder = OpenCVEncoder(self.path, self._size, self._rate)
            self.notes.append(
                "VP8 without sound, as the program ffmpeg with its encoder libx264 is not installed"
            )
        return self._encoder

    def _refused(self, reason: str) -> VideoError:
        return VideoError(
            f"Expected to write {printable(self.path)}. Received: {reason}. Choose another file."
        )

    def __exit__(self, *_):
        if self._encoder is None:
            return
        reason = self._encoder.close()
        if reason:
            self.notes.append(f"incomplete, as {reason}")
        if self.shortened:
            self.notes.append("long pauses are shortened")
        if isinstance(self._encoder, FFmpegEncoder):
            self._complete()

    def _complete(self) -> None:
        """Add the sound; without it too, the index moves to the front, where browsers expect it."""
        seconds = self._written / self._rate
        if self._sound_of is not None and not self.shortened:
            if complete(self.path, seconds, self._sound_of):
                return
            self.notes.append("without sound, as ffmpeg could not copy it")
        elif self._sound_of is not None:
            self.notes.append("without sound, which would no longer fit")
        complete(self.path, seconds)
