"""One knob of the augmentation from its minimum to its maximum, with all others at rest."""

from typing import Any

import numpy as np
from keras import ops

from .augmentation import Augmentation

# Random numbers of Keras exclude the upper end of their range: at 1 nothing would be erased.
ALMOST_ONE = 1 - 1e-6


class _EvenSteps(Augmentation):
    """The augmentation with even steps in the place of random numbers, one per image."""

    def _uniform(self, images, low: float, high: float):
        share = ops.linspace(0.0, ALMOST_ONE, images.shape[0], dtype="float32")
        return low + (high - low) * share


def sweep(image: np.ndarray, knob: str, limit: float, steps: int = 7) -> np.ndarray:
    """Return one image under one knob of :class:`Augmentation`, from its minimum to its maximum.

    The layer itself draws them, with even steps in the place of its random numbers. A random
    rectangle of "erasing" has several: its size, place and gray rise together.

    Args:
        image: 0..255, ``(height, width)`` or ``(height, width, channels)``.
        knob: an argument of :class:`Augmentation`, such as "rotation".
        limit: its value; of "erasing" it plays no part, because every image shows a rectangle.
        steps: number of images, at least 2.

    Returns:
        float32 ``(steps, height, width, channels)``.

    Example:
        >>> sweep(np.zeros((48, 48), np.uint8), "rotation", 10).shape
        (7, 48, 48, 1)
    """
    pixels = np.asarray(image, np.float32)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    options: dict[str, Any] = {"flip": False, knob: 1.0 if knob == "erasing" else limit}
    layer = _EvenSteps(**options)
    images = np.repeat(pixels[None], steps, axis=0)
    return ops.convert_to_numpy(layer(images, training=True))
