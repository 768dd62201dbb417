"""Haar cascade of OpenCV, the face detector of older projects."""

import numpy as np
from PIL import Image

from .detection import MAX_SIDE, DetectorError, Face, distinct, require, shrink


class Haar:
    """Haar cascade of OpenCV. It misses faces that are turned or partly hidden.

    Source: Viola and Jones, "Rapid object detection using a boosted cascade of simple features",
    2001; the cascade is Lienhart's alt2.

    Raises:
        DetectorError: OpenCV 4 is not installed or does not load.
    """

    name = "haar"
    framing = 1.04  # n = 938 faces of the training split
    max_side = MAX_SIDE
    concurrent = False

    def __init__(self):
        require("cv2", "opencv-python", self.name, "'emotion-lib[video]'")
        try:
            import cv2
        except ImportError as error:  # opencv-python needs libGL.so.1, which bare servers lack
            raise DetectorError(
                f"Expected OpenCV to load. Received: {error}. "
                "Install the system package libgl1, or use another detector."
            ) from error
        if not hasattr(cv2, "CascadeClassifier"):
            raise DetectorError(
                "Expected OpenCV 4, which has Haar cascades. "
                f"Received: {cv2.__version__}. Install 'opencv-python<5'."
            )
        file = cv2.data.haarcascades + "haarcascade_frontalface_alt2.xml"
        self._cascade = cv2.CascadeClassifier(file)

    def detect(self, image: np.ndarray) -> list[Face]:
        """Return the faces of an image, see :class:`Detector`."""
        small, scale = shrink(image)
        gray = np.asarray(Image.fromarray(small).convert("L"))
        boxes, _, weights = self._cascade.detectMultiScale3(
            gray, 1.1, 4, minSize=(24, 24), outputRejectLevels=True
        )
        faces = []
        for box, weight in zip(boxes, np.ravel(weights), strict=True):
            x, y, width, height = (float(value) / scale for value in box)
            # The cascade gives no probability. A logistic function of its last stage's sum keeps
            # the order.
            score = float(1 / (1 + np.exp(-np.clip(weight, -30, 30))))
            faces.append(Face((x, y, width, height), score))
        return distinct(faces)
