"""Hard cuts of a video, after which a face in the same place is another person's."""

import math

import numpy as np
from PIL import Image

# Width and height in px of the gray pictures that are compared.
SIZE = (32, 18)
# Correlation of two of them below which the scene is another one. Measured on 18 photographs: of 243
# cuts (to another photograph, or to another part of the same one), 237 are below; none of 36 pans by
# 1 and 2.5 % of the width per frame is, none of 18 zooms by 5 % per frame, and no change of
# brightness.
MIN_CORRELATION = 0.5
# Mean difference in gray levels 0..255 that a cut has at least: a dark picture holds mostly noise.
MIN_DIFFERENCE = 6.0
# Contrast (standard deviation) in gray levels from which on a picture shows a scene: a black one
# between two scenes does not.
MIN_CONTRAST = 4.0
# Seconds between two frames up to which a cut can be told from motion.
MAX_STEP = 0.25


class CutDetector:
    """Detector of hard cuts between successive frames.

    It compares small gray pictures by their correlation, which a flash does not change.
    """

    def __init__(self) -> None:
        self._scene: np.ndarray | None = None  # of the last frame with contrast, mean 0
        self._previous = -math.inf  # time of the previous frame

    def is_cut(self, image: np.ndarray, time_s: float) -> bool:
        """Return whether a new scene begins with the next frame.

        Args:
            image: uint8 RGB ``(height, width, 3)``.
            time_s: time of the frame in seconds; must not fall.
        """
        step = time_s - self._previous
        self._previous = time_s
        scene = _small(image)
        if scene.std() < MIN_CONTRAST:
            return False
        before = self._scene
        self._scene = scene
        if before is None or step > MAX_STEP:
            return False
        correlation = (before * scene).mean() / (before.std() * scene.std())
        difference = np.abs(before - scene).mean()
        return bool(correlation < MIN_CORRELATION and difference > MIN_DIFFERENCE)


def _small(image: np.ndarray) -> np.ndarray:
    """Return a frame as a small gray picture with the mean 0, float32."""
    width, height = SIZE
    # Every pixel of a large frame would take 10 ms.
    step = max(1, min(image.shape[0] // (4 * height), image.shape[1] // (4 * width)))
    gray = image[::step, ::step].mean(axis=2, dtype=np.float32)
    small = np.asarray(Image.fromarray(gray).resize(SIZE, Image.Resampling.BOX))
    return small - small.mean()
