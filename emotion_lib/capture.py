"""Frames of videos and cameras, each at its own time."""

import contextlib
import math
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

CAMERA_PATIENCE = 2.0  # seconds without a frame after which a camera counts as gone


class VideoError(ValueError):
    """A video or camera that cannot be used; the message says what was expected, what came and what to do."""


@dataclass(frozen=True)
class Frame:
    """One picture of a video.

    Attributes:
        index: its number from 0.
        time_s: when it is shown, in seconds from the start, as the container (or, live, the clock) says.
        image: uint8 RGB ``(height, width, 3)``, upright.
    """

    index: int
    time_s: float
    image: np.ndarray


class Video(AbstractContextManager):
    """A video file, decoded as it is iterated over, one frame ahead and in constant memory.

    Attributes:
        frames_per_second: the container's average.
        seconds: how long it says it is; 0 if it does not say.
        note: after iterating, what was wrong with the file, or None.

    Raises:
        VideoError: no such file, no video in it, or its index is missing.
    """

    def __init__(self, path: str | os.PathLike):
        path = Path(path)
        if not path.is_file():
            raise VideoError(f"Expected a video file. Received: {path}, which is not there or no file.")
        if path.stat().st_size == 0:
            raise VideoError(f"Expected a video in {path}. Received: an empty file (0 bytes). Save or copy it again.")
        cv2 = _opencv()
        self._cv2, self.path, self.note = cv2, path, None
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise VideoError(
                f"Expected a video that FFmpeg can decode in {path}. Received: {path.stat().st_size} bytes in which "
                "it finds none: another kind of file, a codec it lacks, or a recording that broke off before its index was "
                "written. Convert or repair it: ffmpeg -i IN -c:v libx264 OUT.mp4"
            )
        rate, count = (self._capture.get(key) for key in (cv2.CAP_PROP_FPS, cv2.CAP_PROP_FRAME_COUNT))
        self.frames_per_second = rate if math.isfinite(rate) and 0 < rate <= 1000 else 25.0
        self.seconds = max(0.0, count / self.frames_per_second) if math.isfinite(count) else 0.0

    def __iter__(self) -> Iterator[Frame]:
        """Frames in order.

        Raises:
            VideoError: there is not one frame that can be decoded.
        """
        index, time_s = -1, -1.0
        for index, (position, image) in enumerate(_ahead(self._decode)):
            # The container's own time: frame rates vary. Where it has none, or it stands still, the average rate.
            moved = position > time_s or index == 0
            time_s = position if moved else time_s + 1 / self.frames_per_second
            yield Frame(index, time_s, image)
        if index < 0:
            raise VideoError(f"Expected frames in {self.path}. Received: a video without one that can be decoded.")
        if self.seconds - time_s > max(1.0, 0.05 * self.seconds):
            self.note = f"ended at {time_s:.1f} s of the {self.seconds:.1f} s it promises: damaged, or cut off"

    def _decode(self) -> Iterator[tuple[float, np.ndarray]]:
        while True:
            done, image = self._capture.read()  # turned upright as the container says, which is OpenCV's default
            if not done:
                return
            yield self._capture.get(self._cv2.CAP_PROP_POS_MSEC) / 1000, self._cv2.cvtColor(image, self._cv2.COLOR_BGR2RGB)

    def __exit__(self, *_):
        self._capture.release()


class Camera(AbstractContextManager):
    """A camera, or a video file played as one: always the newest frame, those that nobody had time for are dropped.

    Raises:
        VideoError: there is no such camera.
    """

    def __init__(self, source: int | str | os.PathLike = 0):
        cv2 = _opencv()
        self._cv2, self._source = cv2, source
        is_file = not isinstance(source, int)
        self._capture = cv2.VideoCapture(str(source) if is_file else source)
        if not self._capture.isOpened():
            raise VideoError(
                f"Expected a camera (0 is the first) or a video file. Received: {source!r}, which cannot be opened. Is it "
                "connected, allowed for this user, and not in use by another program? `emotion video FILE` reads recordings."
            )
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self._pause = 1 / (rate if math.isfinite(rate) and rate > 0 else 25.0) if is_file else 0.0
        self._newest: queue.Queue[np.ndarray | None] = queue.Queue(maxsize=1)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __iter__(self) -> Iterator[Frame]:
        """Frames at the seconds since the first; ends when the camera gives no more."""
        self._thread.start()
        start, index = None, 0
        while (image := self._newest.get()) is not None:
            now = time.monotonic()
            start = now if start is None else start
            yield Frame(index, now - start, self._cv2.cvtColor(image, self._cv2.COLOR_BGR2RGB))
            index += 1

    def _read(self) -> None:
        alive, due = time.monotonic(), time.monotonic()
        while not self._stopped.is_set():
            done, image = self._capture.read()
            if done:
                alive = time.monotonic()
                self._offer(image)
            elif self._pause or time.monotonic() - alive > CAMERA_PATIENCE:
                break
            due = max(due + self._pause, time.monotonic() - 1)
            time.sleep(max(0.0, due - time.monotonic()) if done else 0.05)
        self._offer(None)

    def _offer(self, image: np.ndarray | None) -> None:
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


def _opencv():
    try:
        import cv2
    except ImportError as error:  # it needs libGL.so.1, which bare servers lack
        raise VideoError(
            f"Expected OpenCV, which decodes videos, to load. Received: {error}. Install the system packages libgl1 and "
            "libglib2.0-0."
        ) from error
    return cv2


def _ahead(produce: Callable[[], Iterator], size: int = 4) -> Iterator:
    """Run an iterator in a thread of its own, a few items ahead: decoding beside reading faces."""
    items: queue.Queue = queue.Queue(maxsize=size)
    stopped, end = threading.Event(), object()

    def put(item) -> bool:
        while not stopped.is_set():
            try:
                items.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def run() -> None:
        try:
            for item in produce():
                if not put(item):
                    return
            put(end)
        except BaseException as error:  # raised where it is iterated over
            put(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while (item := items.get()) is not end:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        thread.join()
