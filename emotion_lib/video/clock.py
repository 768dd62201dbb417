"""Times of a video's frames, from the timestamps in its container."""

import math

import numpy as np

# Seconds between two frames. A container that claims more is not believed.
MAX_PAUSE = 600.0
# Frames in a row without a later timestamp, after which the container's clock stands still.
MAX_LATE = 10
# Packets that are read for the interval between frames.
SAMPLE = 1000
# Frames per second above which a claimed rate is a clock's resolution instead.
MAX_RATE = 120
# Seconds between two frames where nothing is known.
DEFAULT_INTERVAL = 0.04


class Clock:
    """Time of each frame of a video.

    Frame rates vary, so the timestamps decide, within bounds: a time never falls or stands still, a
    pause is at most :data:`MAX_PAUSE` (or a hundred intervals), and a timestamp far from both its
    neighbours counts as missing. If the container's clock starts again, times continue from where
    they were.

    Args:
        interval: seconds between two frames, used where there is no timestamp.

    Attributes:
        jumps: number of times that the container's clock started again, or jumped further than is
            believed.

    Example:
        >>> clock = Clock(interval=0.04)
        >>> [clock.time(position) for position in (50.0, 50.04, 55.0)]
        [0.0, 0.03999999999999915, 5.0]
    """

    def __init__(self, interval: float):
        self._interval = interval
        self._longest = max(MAX_PAUSE, 100 * interval)
        # Seconds by which the timestamps of frames in the wrong order may be off.
        self._disorder = max(1.0, 2 * interval)
        self._offset: float | None = None
        self._last = 0.0
        self._late = 0  # frames in a row whose timestamp was not later
        self.jumps = 0

    def time(self, position: float, following: float | None = None) -> float:
        """Return the next frame's time in seconds from the first frame.

        Args:
            position: timestamp of the frame in seconds. 0 or NaN means none, except for the first
                frame.
            following: timestamp of the frame after it, if there is one.
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
        if jumped or self._late > MAX_LATE:
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
        """Return whether this timestamp lies far from the last frame's, and the next one near."""
        return self._far(position) and not self._missing(following) and not self._far(following)


def read_timestamps(cv2, path: str) -> list[float]:
    """Return the timestamps in seconds of a video's first packets, without decoding them.

    Args:
        cv2: the module.
        path: name that OpenCV opens, see :func:`emotion_lib.video.frames.openable`.
    """
    packets = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
    try:
        positions = []
        while len(positions) < SAMPLE and packets.grab():
            positions.append(packets.get(cv2.CAP_PROP_POS_MSEC) / 1000)
        return positions
    finally:
        packets.release()


def frame_interval(timestamps: list[float], rate: float) -> float:
    """Return the seconds between two frames.

    Args:
        timestamps: in seconds, in any order.
        rate: frames per second that the container claims. 1,000 often means only that timestamps
            are in milliseconds.

    Example:
        >>> frame_interval([0.0, 0.042, 0.083, 0.125], rate=24.0)
        0.041666666666666664
        >>> frame_interval([0.0, 0.038, 0.076, 0.114], rate=1000.0)
        0.038
    """
    steps = np.diff(np.unique([position for position in timestamps if math.isfinite(position)]))
    known = math.isfinite(rate) and rate > 0
    if not len(steps):
        return 1 / rate if known and rate <= MAX_RATE else DEFAULT_INTERVAL
    median = float(np.median(steps))
    # The rate is more exact than timestamps in milliseconds: frames at 24 per second are 41 or
    # 42 ms apart.
    return 1 / rate if known and abs(rate * median - 1) < 0.05 else median
