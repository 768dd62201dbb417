"""Frames of a camera, as they come."""

import contextlib
import os
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager

import numpy as np

from ..files import printable
from .clock import frame_interval, read_timestamps
from .frames import Frame, VideoError, load_opencv, openable

# Seconds without a frame after which a camera counts as gone.
CAMERA_PATIENCE = 2.0


class Camera(AbstractContextManager):
    """A camera, or a video file played like one.

    Each frame is the newest one; frames that come while the reader is busy are dropped.

    Args:
        source: number of a camera (0 is the first), URL of a network camera, or a video file.

    Raises:
        VideoError: it cannot be opened.

    Example:
        >>> with Camera(0) as camera:  # doctest: +SKIP
        ...     frame = next(iter(camera))
    """

    def __init__(self, source: int | str | os.PathLike = 0):
        cv2 = load_opencv()
        self._cv2 = cv2
        self._pause = 0.0  # seconds between two frames of a file; 0 for a camera
        if isinstance(source, int):
            self._capture = cv2.VideoCapture(source)
        elif "://" in os.fspath(source):
            self._capture = cv2.VideoCapture(printable(source))
        else:
            with openable(source) as opened:
                self._capture = cv2.VideoCapture(opened)
                if os.path.isfile(source):
                    rate = self._capture.get(cv2.CAP_PROP_FPS)
                    self._pause = frame_interval(read_timestamps(cv2, opened), rate)
        if not self._capture.isOpened():
            raise VideoError(
                "Expected a camera (0 is the first) or a video file. "
                f"Received: {source!r}, which cannot be opened. Is it connected, allowed for this "
                "user, and not in use by another program? `emotion video FILE` reads recordings."
            )
        self._newest: queue.Queue[np.ndarray | None] = queue.Queue(maxsize=1)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames, timed in seconds since the first, until the camera gives no more."""
        self._thread.start()
        start = None
        index = 0
        while (image := self._newest.get()) is not None:
            now = time.monotonic()
            if start is None:
                start = now
            yield Frame(index, now - start, self._cv2.cvtColor(image, self._cv2.COLOR_BGR2RGB))
            index += 1

    def _read(self) -> None:
        alive = time.monotonic()
        due = alive
        while not self._stopped.is_set():
            received, image = self._capture.read()
            if received:
                alive = time.monotonic()
                self._offer(image)
            elif self._pause or time.monotonic() - alive > CAMERA_PATIENCE:
                break
            due = max(due + self._pause, time.monotonic() - 1)
            time.sleep(max(0.0, due - time.monotonic()) if received else 0.05)
        self._offer(None)

    def _offer(self, image: np.ndarray | None) -> None:
        """Replace the newest frame; None ends the iteration."""
        try:
            self._newest.put_nowait(image)
        except queue.Full:
            with contextlib.suppress(queue.Empty):  # taken this very moment
                self._newest.get_nowait()
            self._newest.put(image)

    def __exit__(self, *_):
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._capture.release()
