"""Cameras of visitors: each has its own tracker, and forgets nothing but what is old."""

import secrets
import threading
import time

import numpy as np

from ...inference.predictor import Predictor
from ...video.frames import Frame
from ...video.moments import MomentReader
from ..answers import face_answer
from ..errors import BusyError, RequestError
from ..schemas import Moment

# Seconds without a picture after which a camera makes room for another.
IDLE = 10.0
# Seconds for which the probabilities of a face are smoothed, as half of their weight: labels of a
# camera should be calm.
HALF_LIFE = 0.3


class Camera:
    """The camera of one visitor.

    Args:
        predictor: finds and reads the faces.
    """

    def __init__(self, predictor: Predictor):
        self.id = secrets.token_urlsafe(24)
        self.seen = time.monotonic()
        self._reader = MomentReader(predictor, abstain=predictor.threshold, half_life=HALF_LIFE)
        self._lock = threading.Lock()
        self._count = 0
        self._last = -1.0

    def read(self, image: np.ndarray, time_s: float) -> Moment:
        """Return the faces of the next picture.

        Args:
            image: uint8 RGB ``(height, width, 3)``.
            time_s: when it was taken, in seconds on any clock.

        Raises:
            RequestError: a later picture was read already, or another is being read.
        """
        # Waiting pictures would take all threads of the server.
        if not self._lock.acquire(blocking=False):
            raise RequestError(
                "Expected one picture at a time. Received: another, which is left out. Send the "
                "next one when this one is answered.",
                status=409,
            )
        try:
            if time_s <= self._last:
                raise RequestError(
                    f"Expected a picture later than {self._last:.3f} s. Received: one of "
                    f"{time_s:.3f} s, which is left out. Send the next one.",
                    status=409,
                )
            self._last = time_s
            moment = self._reader.read(Frame(self._count, time_s, image))
            self._count += 1
        finally:
            self._lock.release()
        numbered = zip(moment.track_ids, moment.predictions, strict=True)
        faces = [face_answer(prediction, number) for number, prediction in numbered]
        return Moment(time_s=time_s, faces=faces)


class Cameras:
    """All cameras at this moment.

    Args:
        size: number of cameras at the same time.
        idle: seconds, see :data:`IDLE`.
    """

    def __init__(self, size: int, idle: float = IDLE):
        self._size = size
        self._cameras: dict[str, Camera] = {}
        self._lock = threading.Lock()
        self.idle = idle

    def open(self, predictor: Predictor) -> Camera:
        """Return a new camera.

        Raises:
            BusyError: as many are in use as may be.
        """
        with self._lock:
            self._forget_idle()
            if len(self._cameras) >= self._size:
                raise BusyError(
                    f"Expected fewer than {self._size} cameras. Received: one more, while "
                    f"{len(self._cameras)} are in use. Try again in a minute.",
                    retry=60,
                )
            camera = Camera(predictor)
            self._cameras[camera.id] = camera
            return camera

    def get(self, number: str) -> Camera:
        """Return a camera, which then counts as in use.

        Raises:
            RequestError: there is no such camera, or it has sent nothing for too long.
        """
        with self._lock:
            self._forget_idle()
            if number not in self._cameras:
                raise RequestError(
                    "Expected a camera that is in use. Received: one that has ended, as it sent no "
                    f"picture for {self.idle:.0f} seconds. Start it again.",
                    status=404,
                )
            camera = self._cameras[number]
            camera.seen = time.monotonic()
            return camera

    def close(self, number: str) -> None:
        """End a camera, if it has not ended already."""
        with self._lock:
            self._cameras.pop(number, None)

    def count(self) -> int:
        """Return how many cameras are in use."""
        with self._lock:
            self._forget_idle()
            return len(self._cameras)

    def _forget_idle(self) -> None:
        now = time.monotonic()
        for camera in list(self._cameras.values()):
            if now - camera.seen >= self.idle:
                del self._cameras[camera.id]
