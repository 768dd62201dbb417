"""Find faces in a picture, and cut them out the way FER-2013 frames its own.

The framing was measured, not guessed: each detector ran over FER-2013 training images (padded, four times enlarged),
and its ``framing`` is what makes the median of its boxes fill a square as those faces fill their 48 px.
"""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

MAX_SIDE = 960  # px; larger pictures are scaled down for detection only: small faces are still found, in constant time
WHOLE_PICTURE = 64  # px; a picture of at most this size is taken as a face already


class DetectorError(RuntimeError):
    """A face detector that is not installed or does not exist."""


@dataclass(frozen=True)
class Face:
    """One face in a picture.

    Attributes:
        box: x, y, width, height in px of the picture; may reach beyond its edges.
        score: the detector's confidence, 0..1.
        landmarks: ``(x, y)`` px of eyes, nose and corners of the mouth, the viewer's left first; empty where the
            detector gives none.
    """

    box: tuple[float, float, float, float]
    score: float
    landmarks: tuple[tuple[float, float], ...] = ()


class Detector(Protocol):
    """What finds faces. ``framing``: side of FER-2013's square, relative to sqrt(width x height) of a found box."""

    name: str
    framing: float

    def detect(self, image: np.ndarray) -> list[Face]:
        """Faces of an RGB uint8 picture ``(height, width, 3)``, left to right."""
        ...


class YuFace:
    """YuNet (Wu, Peng & Yu, 2023) as the package ``yuface`` carries it: fast, with landmarks; the default."""

    name = "yuface"
    framing = 48 / 43.7  # n = 1,437 faces of the training split

    def __init__(self, min_score: float = 0.5):
        _require("yuface", "yuface", "detector='haar'")
        import yuface
        from threadpoolctl import ThreadpoolController

        self._detect, self._min_score = yuface.detect, min_score
        # On busy cores its OpenMP threads wait for each other: 430 ms a picture instead of 50 with one thread.
        self._threads = ThreadpoolController().select(user_api="openmp")

    def detect(self, image: np.ndarray) -> list[Face]:
        """See :class:`Detector`."""
        small, scale = _fit(image, MAX_SIDE)
        with self._threads.limit(limits=1):
            scores, boxes, landmarks = self._detect(np.ascontiguousarray(small[..., ::-1]), conf=self._min_score)
        faces = [
            Face(
                tuple(float(v) / scale for v in box),
                float(score) / 100,
                tuple((float(x) / scale, float(y) / scale) for x, y in points.reshape(5, 2)),
            )
            for score, box, points in zip(scores, boxes, landmarks, strict=True)
            if min(box[2:]) > 0
        ]
        return sorted(faces, key=lambda face: face.box[0])


class Haar:
    """OpenCV's Haar cascade (Viola & Jones, 2001; Lienhart's alt2): what the earlier projects used. It misses faces
    that are turned or partly hidden."""

    name = "haar"
    framing = 48 / 46.3  # n = 311 faces of the training split

    def __init__(self):
        _require("cv2", "'opencv-python<5'", "detector='yuface'")
        try:
            import cv2
        except ImportError as error:  # opencv-python needs libGL.so.1, which bare servers lack
            raise DetectorError(
                f"Expected OpenCV to load. Received: {error}. Install the system package libgl1, or use detector='yuface'."
            ) from error
        if not hasattr(cv2, "CascadeClassifier"):
            raise DetectorError(
                f"Expected OpenCV 4, which has Haar cascades. Received: {cv2.__version__}. Install 'opencv-python<5'."
            )
        self._file = cv2.data.haarcascades + "haarcascade_frontalface_alt2.xml"
        self._load = lambda: cv2.CascadeClassifier(self._file)

    def detect(self, image: np.ndarray) -> list[Face]:
        """See :class:`Detector`."""
        small, scale = _fit(image, MAX_SIDE)
        gray = np.asarray(Image.fromarray(small).convert("L"))
        boxes, _, weights = self._load().detectMultiScale3(gray, 1.1, 4, minSize=(24, 24), outputRejectLevels=True)
        faces = [
            # The cascade gives no probability; a logistic of its last stage's sum keeps the order.
            Face(tuple(float(v) / scale for v in box), float(1 / (1 + np.exp(-np.clip(weight, -30, 30)))))
            for box, weight in zip(boxes, np.ravel(weights), strict=True)
        ]
        return sorted(faces, key=lambda face: face.box[0])


DETECTORS: dict[str, type] = {"yuface": YuFace, "haar": Haar}


def load_detector(name: str | None = None) -> Detector:
    """A detector by name; None: the best one installed.

    Raises:
        DetectorError: unknown, or its package is missing.
    """
    if name is None:
        name = "yuface" if importlib.util.find_spec("yuface") else "haar"
    if name not in DETECTORS:
        raise DetectorError(f"Expected one of the detectors {list(DETECTORS)}. Received: {name!r}.")
    return DETECTORS[name]()


def find_faces(image: np.ndarray, detector: Detector) -> list[Face]:
    """Faces of a picture, left to right; a picture of at most 64 px a side counts as one face, framed already."""
    height, width = image.shape[:2]
    if max(height, width) <= WHOLE_PICTURE:
        return [Face((0.0, 0.0, float(width), float(height)), 1.0)]
    return detector.detect(image)


def crop(image: np.ndarray, face: Face, framing: float) -> np.ndarray:
    """Cut the square out that FER-2013 would show of a face.

    Args:
        image: uint8 ``(height, width, 3)``.
        face: a face of this picture.
        framing: of the detector that found it.

    Returns:
        uint8 ``(side, side, 3)``; what lies beyond the picture repeats its edge.
    """
    height, width = image.shape[:2]
    x, y, w, h = face.box
    framed_already = max(height, width) <= WHOLE_PICTURE
    side = max(height, width) if framed_already else max(2, round(framing * float(np.sqrt(w * h))))
    rows = np.clip(round(y + h / 2 - side / 2) + np.arange(side), 0, height - 1)
    columns = np.clip(round(x + w / 2 - side / 2) + np.arange(side), 0, width - 1)
    return image[rows[:, None], columns]


def to_input(crops: Sequence[np.ndarray], input_shape: tuple[int, int, int]) -> np.ndarray:
    """Crops of any size -> one uint8 batch ``(n, *input_shape)``, gray or RGB as the model wants, smoothly scaled."""
    height, width, channels = input_shape
    batch = np.empty((len(crops), height, width, channels), np.uint8)
    for row, pixels in zip(batch, crops, strict=True):
        picture = Image.fromarray(pixels).convert("L" if channels == 1 else "RGB")
        # Pillow's bilinear filter averages over the pixels it drops, so that large faces do not alias.
        row[:] = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR)).reshape(row.shape)
    return batch


def _fit(image: np.ndarray, max_side: int) -> tuple[np.ndarray, float]:
    """The picture with its longer side at most ``max_side``, and the scale from the original to it."""
    height, width = image.shape[:2]
    scale = min(1.0, max_side / max(height, width))
    if scale == 1.0:
        return image, 1.0
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX)), scale


def _require(module: str, package: str, otherwise: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise DetectorError(
            f"Expected the package {package}. Received: it is not installed. `pip install {package}`, or use {otherwise}."
        )
