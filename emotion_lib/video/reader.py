"""Frames of a video file, each at its own time."""

import itertools
import math
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from ..files import printable
from . import ffmpeg_log
from .clock import Clock, frame_interval, read_timestamps
from .frames import Frame, VideoError, load_opencv, openable
from .prefetch import prefetch

# Packets in a row that cannot be decoded, after which the video has ended.
MAX_FAILURES = 300
# Frames that are decoded ahead of the reader.
DECODED_AHEAD = 4


class Video(AbstractContextManager):
    """A video file whose frames are decoded while it is iterated over, in constant memory.

    Args:
        path: the file.

    Attributes:
        path: the file.
        interval: median seconds between two frames. The rate that the container claims is used only
            if it agrees.
        frames_per_second: the inverse of ``interval``.
        seconds: duration that the container claims; 0 if it claims none.
        size: width and height in px that the container claims.
        note: description of the file's damage, or None; set when the iteration has ended. Damage
            that the decoder does not notice, such as a single flipped bit in a codec without
            checksums, is not found.

    Raises:
        VideoError: there is no such file, no video in it, or its index is missing.
        OSError: the file may not be read.

    Example:
        >>> with Video("party.mp4") as video:  # doctest: +SKIP
        ...     for frame in video:
        ...         print(frame.time_s, frame.image.shape)
    """

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        head = _check_file(self.path)
        cv2 = load_opencv()
        self._cv2 = cv2
        self.note: str | None = None
        self._gaps = 0
        self._lock = threading.Lock()  # OpenCV's captures must not be closed while they are read
        with openable(path) as opened, ffmpeg_log.errors() as self._opening:
            self._capture = cv2.VideoCapture(opened, cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            reason = f" ({self._opening.first})" if self._opening.first else ""
            raise VideoError(
                f"Expected a video that FFmpeg can decode in {printable(path)}. Received: "
                f"{self.path.stat().st_size} bytes in which it finds none{reason}: another kind of "
                "file, a codec it lacks, or a recording that broke off before its index was "
                "written. Convert or repair it: ffmpeg -i IN -c:v libx264 OUT.mp4"
            )
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        width = self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)
        height = self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
        self.size = (int(width), int(height))
        self._claimed_frames = count if math.isfinite(count) and count > 0 else 0
        # AVI stores the number of frames. Other containers store a duration, from which OpenCV
        # guesses it.
        self._count_is_exact = head.startswith(b"RIFF")
        self.seconds = 0.0
        if math.isfinite(rate) and rate > 0:
            self.seconds = self._claimed_frames / rate
        with openable(path) as opened, ffmpeg_log.errors():
            self.interval = frame_interval(read_timestamps(cv2, opened), rate)
        self.frames_per_second = 1 / self.interval

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames in order, at rising times.

        Raises:
            VideoError: there is no frame that can be decoded.
        """
        clock = Clock(self.interval)
        self._gaps = 0
        index = -1
        time_s = 0.0
        with ffmpeg_log.errors() as reading:
            decoded = prefetch(self._decode, DECODED_AHEAD)
            pairs = itertools.pairwise(itertools.chain(decoded, [None]))
            for index, ((position, image), following) in enumerate(pairs):
                time_s = clock.time(position, following[0] if following else None)
                yield Frame(index, time_s, image)
        if index < 0:
            raise VideoError(
                f"Expected frames in {printable(self.path)}. "
                "Received: a video without one that can be decoded."
            )
        self.note = self._damage(index + 1, time_s, reading, clock.jumps)

    def _decode(self) -> Iterator[tuple[float, np.ndarray]]:
        """Yield each frame's timestamp in seconds, and its image."""
        failed = 0
        while failed < MAX_FAILURES:
            with self._lock:
                try:
                    # The image is upright: OpenCV turns it as the container says.
                    decoded, image = self._capture.read()
                except self._cv2.error:  # a frame too large for the memory
                    decoded = False
                position = self._capture.get(self._cv2.CAP_PROP_POS_MSEC) / 1000
            if decoded:
                self._gaps += failed > 0
                failed = 0
                yield position, self._cv2.cvtColor(image, self._cv2.COLOR_BGR2RGB)
            else:
                failed += 1  # the end, or a damaged packet before others that are whole

    def _damage(
        self, frames: int, last_s: float, reading: ffmpeg_log.Errors, jumps: int
    ) -> str | None:
        """Return a description of the damage that showed while the video was read, or None."""
        signs = []
        missing = self.seconds - (last_s + self.interval)
        tolerance = max(1.0, 0.05 * self.seconds, 2 * self.interval)
        if frames < self._claimed_frames and missing > tolerance:
            signs.append(f"ended at {last_s:.1f} s of the {self.seconds:.1f} s it claims")
        elif frames < self._claimed_frames and self._count_is_exact:
            signs.append(f"frames: {frames} of the {self._claimed_frames:.0f} it claims")
        if self._gaps:
            signs.append(f"gaps that cannot be decoded: {self._gaps}")
        count = self._opening.count + reading.count
        if count:
            owner = ""
            if reading.shared:
                owner = " (some perhaps in another video read at the same time)"
            first = self._opening.first or reading.first
            signs.append(f"errors of FFmpeg: {count}{owner}, the first: {first}")
        notes = []
        if signs:
            notes.append(f"damaged, or cut off: {'; '.join(signs)}")
        if jumps:
            notes.append(f"jumps of its timestamps: {jumps}; times after that are estimated")
        return "; ".join(notes) or None

    def __exit__(self, *_):
        with self._lock:
            self._capture.release()


def _check_file(path: Path) -> bytes:
    """Return the first 16 bytes of a file that may be a video.

    Raises:
        VideoError: it is missing, empty or a playlist.
    """
    name = printable(path)
    if not path.is_file():
        raise VideoError(f"Expected a video file. Received: {name}, which is not there or no file.")
    with path.open("rb") as file:
        head = file.read(16)
    if not head:
        raise VideoError(
            f"Expected a video in {name}. Received: an empty file (0 bytes). Save or copy it again."
        )
    if head.startswith((b"#EXTM3U", b"ffconcat")):
        raise VideoError(
            f"Expected a video in {name}. Received: a playlist, which names other files. "
            "Read those."
        )
    return head
