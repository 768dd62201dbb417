"""Frames of videos and cameras, each at its own time."""

import contextlib
import itertools
import math
import os
import queue
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import EmotionError
from ..files import printable
from . import ffmpeg_log

CAMERA_PATIENCE = 2.0  # seconds without a frame after which a camera counts as gone
LONGEST_PAUSE = 600.0  # seconds between two frames; a container that claims more is not believed
MOST_LATE = 10  # frames in a row without a later timestamp; then the clock stands still
MOST_FAILURES = 300  # packets in a row that cannot be decoded; then the video has ended
SAMPLE = 1000  # packets that give the interval between frames


class VideoError(EmotionError, ValueError):
    """A video or camera that cannot be used; the message says what was expected, what came and what to do."""


@dataclass(frozen=True)
class Frame:
    """One picture of a video.

    Attributes:
        index: its number from 0.
        time_s: when it is shown, in seconds from the first, as :class:`Clock` (or, live, the machine's clock) says.
        image: uint8 RGB ``(height, width, 3)``, upright.
    """

    index: int
    time_s: float
    image: np.ndarray


class Video(AbstractContextManager):
    """A video file, decoded as it is iterated over, a few frames ahead and in constant memory.

    Attributes:
        interval: seconds between two frames, the median; what the container calls its rate only if that agrees.
        frames_per_second: the inverse.
        seconds: how long the container says it is; 0 if it does not say.
        note: after iterating, what is wrong with the file, or None. Damage that the decoder does not notice, such as a
            single flipped bit in a codec without checksums, cannot be told from a picture that was meant.

    Raises:
        VideoError: no such file, no video in it, or its index is missing.
        OSError: the file may not be read.
    """

    def __init__(self, path: str | os.PathLike):
        path = Path(path)
        name = printable(path)
        if not path.is_file():
            raise VideoError(
                f"Expected a video file. Received: {name}, which is not there or no file."
            )
        with path.open("rb") as file:
            head = file.read(16)
        if not head:
            raise VideoError(
                f"Expected a video in {name}. Received: an empty file (0 bytes). Save or copy it again."
            )
        if head.startswith((b"#EXTM3U", b"ffconcat")):
            raise VideoError(
                f"Expected a video in {name}. Received: a playlist, which names other files. Read those."
            )
        cv2 = _opencv()
        self._cv2 = cv2
        self.path = path
        self.note = None
        self._lock = threading.Lock()  # OpenCV's captures must not be closed while they are read
        with openable(path) as opened, ffmpeg_log.errors() as self._opening:
            self._capture = cv2.VideoCapture(opened, cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            reason = f" ({self._opening.first})" if self._opening.first else ""
            raise VideoError(
                f"Expected a video that FFmpeg can decode in {name}. Received: {path.stat().st_size} bytes in which it "
                f"finds none{reason}: another kind of file, a codec it lacks, or a recording that broke off before its "
                "index was written. Convert or repair it: ffmpeg -i IN -c:v libx264 OUT.mp4"
            )
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self._promised = count if math.isfinite(count) and count > 0 else 0
        self._counted = head.startswith(
            b"RIFF"
        )  # AVI; others tell a duration, of which OpenCV guesses the count
        self.seconds = self._promised / rate if math.isfinite(rate) and rate > 0 else 0.0
        with openable(path) as opened, ffmpeg_log.errors():
            self.interval = _interval(_timestamps(cv2, opened), rate)
        self.frames_per_second = 1 / self.interval

    def __iter__(self) -> Iterator[Frame]:
        """Frames in order, their times rising.

        Raises:
            VideoError: there is not one frame that can be decoded.
        """
        clock = Clock(self.interval)
        self._gaps = 0
        index = -1
        time_s = 0.0
        with ffmpeg_log.errors() as reading:
            pairs = itertools.pairwise(itertools.chain(_ahead(self._decode), [None]))
            for index, ((position, image), following) in enumerate(pairs):
                time_s = clock.time(position, following[0] if following else None)
                yield Frame(index, time_s, image)
        if index < 0:
            raise VideoError(
                f"Expected frames in {printable(self.path)}. Received: a video without one that can be decoded."
            )
        self.note = self._damage(index + 1, time_s, reading, clock.jumps)

    def _decode(self) -> Iterator[tuple[float, np.ndarray]]:
        """Yield the container's time of each frame in seconds, and the frame."""
        failed = 0
        while failed < MOST_FAILURES:
            with self._lock:
                try:
                    done, image = (
                        self._capture.read()
                    )  # upright: OpenCV turns it as the container says
                except self._cv2.error:  # a frame too large for the memory
                    done = False
                position = self._capture.get(self._cv2.CAP_PROP_POS_MSEC) / 1000
            if done:
                self._gaps += failed > 0
                failed = 0
                yield position, self._cv2.cvtColor(image, self._cv2.COLOR_BGR2RGB)
            else:
                failed += 1  # the end, or a damaged packet before others that are whole

    def _damage(
        self, frames: int, last: float, reading: ffmpeg_log.Errors, jumps: int
    ) -> str | None:
        signs = []
        missing = self.seconds - (last + self.interval)
        if frames < self._promised and missing > max(1.0, 0.05 * self.seconds, 2 * self.interval):
            signs.append(f"ended at {last:.1f} s of the {self.seconds:.1f} s it promises")
        elif frames < self._promised and self._counted:
            signs.append(f"frames: {frames} of the {self._promised:.0f} it promises")
        if self._gaps:
            signs.append(f"gaps that cannot be decoded: {self._gaps}")
        count = self._opening.count + reading.count
        if count:
            whose = (
                " (some perhaps in another video read at the same time)" if reading.shared else ""
            )
            signs.append(
                f"errors of FFmpeg: {count}{whose}, the first: {self._opening.first or reading.first}"
            )
        note = f"damaged, or cut off: {'; '.join(signs)}" if signs else ""
        if jumps:
            note += f"{'; ' if note else ''}jumps of its timestamps: {jumps}; times after that are estimated"
        return note or None

    def __exit__(self, *_):
        with self._lock:
            self._capture.release()


class Clock:
    """Times of a video's frames, from the timestamps in its container.

    Timestamps rule, as frame rates vary: but a time never falls or stands still, a pause is at most :data:`LONGEST_PAUSE`
    (or a hundred intervals), and a timestamp far from its neighbours counts as missing. A clock that starts again goes on
    from where it was.

    Args:
        interval: seconds between two frames, where there is no timestamp.

    Attributes:
        jumps: how often the container's clock started again, or jumped further than is believed.
    """

    def __init__(self, interval: float):
        self._interval = interval
        self._longest = max(LONGEST_PAUSE, 100 * interval)
        self._disorder = max(1.0, 2 * interval)  # seconds that frames in the wrong order may be off
        self._offset: float | None = None
        self._last = 0.0
        self._late = 0  # frames in a row whose timestamp was not later
        self.jumps = 0

    def time(self, position: float, following: float | None = None) -> float:
        """Return the next frame's time in seconds from the first.

        Args:
            position: its timestamp in seconds; 0 or NaN if it has none, which only the first may mean.
            following: the timestamp of the frame after it, if there is one.
        """
        if self._offset is None:
            self._offset = -position if math.isfinite(position) else 0.0
            return 0.0
        if self._missing(position) or self._stray(position, following):
            self._last += self._interval
            return self._last
        least = self._interval / 10
        time_s = position + self._offset
        ahead = time_s - self._last
        self._late = self._late + 1 if ahead < least else 0
        jumped = ahead < -self._disorder or ahead > self._longest
        if jumped or self._late > MOST_LATE:
            time_s = self._last + self._interval
            self._offset = time_s - position
        self.jumps += jumped
        self._last = max(time_s, self._last + least)
        return self._last

    def _missing(self, position: float | None) -> bool:
        return position is None or position == 0 or not math.isfinite(position)

    def _far(self, position: float) -> bool:
        return abs(position + self._offset - self._last) > self._disorder

    def _stray(self, position: float, following: float | None) -> bool:
        """Return whether the timestamp lies far from the last frame's, and the next one does not."""
        return self._far(position) and not self._missing(following) and not self._far(following)


class Camera(AbstractContextManager):
    """A camera, or a video file played as one: always the newest frame, those that nobody had time for are dropped.

    Raises:
        VideoError: there is no such camera.
    """

    def __init__(self, source: int | str | os.PathLike = 0):
        cv2 = _opencv()
        self._cv2 = cv2
        self._pause = 0.0  # seconds between two frames, of a file
        with contextlib.ExitStack() as stack:
            if isinstance(source, int):
                opened = source
            elif "://" in os.fspath(source):  # a camera in the network
                opened = printable(source)
            else:
                opened = stack.enter_context(openable(source))
            self._capture = cv2.VideoCapture(opened)
            if not isinstance(source, int) and os.path.isfile(source):
                self._pause = _interval(
                    _timestamps(cv2, opened), self._capture.get(cv2.CAP_PROP_FPS)
                )
        if not self._capture.isOpened():
            raise VideoError(
                f"Expected a camera (0 is the first) or a video file. Received: {source!r}, which cannot be opened. Is it "
                "connected, allowed for this user, and not in use by another program? `emotion video FILE` reads recordings."
            )
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


@contextlib.contextmanager
def openable(path: str | os.PathLike) -> Iterator[str]:
    """Yield a name under which OpenCV and FFmpeg open this very file, whatever it is called.

    OpenCV's binding crashes on a name that is not UTF-8, and FFmpeg takes ``talk: part 1.mp4`` for a protocol.

    Args:
        path: need not exist, for a file that is to be written.
    """
    absolute = os.path.abspath(path)
    if printable(absolute) == absolute:
        yield absolute
        return
    suffix = Path(absolute).suffix
    with tempfile.TemporaryDirectory(prefix="emotion-") as folder:
        link = Path(folder) / f"video{suffix if printable(suffix) == suffix else ''}"
        link.symlink_to(absolute)
        yield str(link)


def _timestamps(cv2, path: str) -> list[float]:
    """Return the timestamps, in seconds, of a video's first packets, which are not decoded."""
    packets = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
    try:
        positions = []
        while len(positions) < SAMPLE and packets.grab():
            positions.append(packets.get(cv2.CAP_PROP_POS_MSEC) / 1000)
        return positions
    finally:
        packets.release()


def _interval(timestamps: list[float], rate: float) -> float:
    """Return the seconds between two frames.

    Args:
        timestamps: in seconds, in any order.
        rate: frames per second that the container claims; of 1,000 means no more than timestamps in milliseconds.
    """
    steps = np.diff(np.unique([position for position in timestamps if math.isfinite(position)]))
    known = math.isfinite(rate) and rate > 0
    if not len(steps):
        return 1 / rate if known and rate <= 120 else 0.04
    median = float(np.median(steps))
    # The rate is more exact than timestamps in milliseconds: 24 frames a second are 41 or 42 ms apart.
    return 1 / rate if known and abs(rate * median - 1) < 0.05 else median


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
