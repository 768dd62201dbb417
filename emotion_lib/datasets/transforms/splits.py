"""Changes to all images of a split: a smaller size, and the simulated camera shift."""

from dataclasses import replace

import numpy as np

from ..dataset import Split
from .degradation import Degradation, Framing


def resized(split: Split, side: int) -> Split:
    """Return a split with smaller square images, each pixel the mean of those it replaces.

    Args:
        split: with uint8 images ``(n, height, width[, channels])``.
        side: px per side.
    """
    import cv2

    images = np.empty((len(split), side, side, *split.images.shape[3:]), np.uint8)
    for index, image in enumerate(split.images):
        small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
        images[index] = small.reshape(images.shape[1:])
    return replace(split, images=images)


def shifted(split: Split, seed: int = 0) -> Split:
    """Return a split under the simulated camera shift: framed differently and degraded, strongly.

    The images look as if other cameras and other detectors had delivered them. The accuracy that a
    model loses on validation under this shift is an estimate of the loss its users will see.

    Args:
        split: with uint8 images.
        seed: random seed; the same seed gives the same images.
    """
    rng = np.random.default_rng(seed)
    images, labels = Framing(0.2, 0.08, 12.0)(np.asarray(split.images), split.labels, rng)
    images, _ = Degradation(0.6, 0.4, 0.4, 0.6, smallest=16)(images, labels, rng)
    return replace(split, images=images)
