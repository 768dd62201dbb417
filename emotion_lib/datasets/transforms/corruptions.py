"""Fifteen corruptions that photographs of faces have, at five strengths.

They are for the evaluation of a model, never for its training: the same picture always gets the
same corruption. After D. Hendrycks and T. Dietterich, "Benchmarking neural network robustness to
common corruptions and perturbations", ICLR 2019, whose corruptions are for larger pictures of
things; these are for crops of faces, framed as FER-2013's 48 px are.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import corruption_kinds as kinds

STRENGTHS = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Corruption:
    """One corruption at five strengths.

    Attributes:
        amounts: one per strength, from slight to just readable.
        unit: of the amounts.
        apply: image uint8 ``(height, width[, channels])``, amount and random generator -> image
            uint8 of the same size.
    """

    amounts: tuple[float, float, float, float, float]
    unit: str
    apply: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


def corrupted(images: np.ndarray, name: str, strength: int, seed: int = 0) -> np.ndarray:
    """Return corrupted copies of images.

    What is random, such as the direction of a shift, depends on the pixels of the image and on the
    seed. So a picture gets the same corruption in any part of any data set, and the same direction
    at every strength.

    Args:
        images: uint8 ``(n, height, width[, channels])``.
        name: key of :data:`CORRUPTIONS`.
        strength: 1 to 5.
        seed: random seed.

    Returns:
        uint8, of the same shape.

    Raises:
        ValueError: there is no such corruption or strength, or the images are not uint8.

    Example:
        >>> face = np.full((1, 48, 48), 100, np.uint8)
        >>> int(corrupted(face, "occluded eyes", 5)[0, 19, 24])
        30
    """
    if name not in CORRUPTIONS or strength not in STRENGTHS:
        raise ValueError(
            f"Expected one of {tuple(CORRUPTIONS)} and a strength of 1 to 5. "
            f"Received: {name!r} and {strength!r}."
        )
    if images.dtype != np.uint8:
        raise ValueError(
            f"Expected uint8 images, 0 to 255. Received: {images.dtype}. Convert them first."
        )
    corruption = CORRUPTIONS[name]
    amount = corruption.amounts[strength - 1]
    changed = np.empty(images.shape, np.uint8)
    for index, image in enumerate(images):
        contents = zlib.crc32(np.ascontiguousarray(image).tobytes())
        rng = np.random.default_rng((seed, contents))
        changed[index] = corruption.apply(image, amount, rng).reshape(image.shape)
    return changed


CORRUPTIONS = {
    "blur": Corruption((0.5, 0.8, 1.1, 1.5, 2.0), "deviation, px of 48", kinds.blur),
    "motion": Corruption((2, 4, 6, 8, 10), "length, px of 48", kinds.motion),
    "noise": Corruption((4, 8, 14, 20, 28), "deviation, of 255", kinds.noise),
    "JPEG": Corruption((60, 35, 20, 12, 8), "quality", kinds.jpeg),
    "low resolution": Corruption(
        (0.75, 0.58, 0.46, 0.38, 0.3), "share of the side", kinds.low_resolution
    ),
    "brightness": Corruption((20, 40, 60, 80, 100), "added or taken, of 255", kinds.brightness),
    "contrast": Corruption((0.75, 0.55, 0.4, 0.28, 0.18), "factor", kinds.contrast),
    "gamma": Corruption((1.25, 1.6, 2.0, 2.5, 3.2), "exponent or its inverse", kinds.gamma),
    "colour cast": Corruption((0.1, 0.2, 0.35, 0.5, 0.7), "gradient", kinds.color_cast),
    "occluded eyes": Corruption(
        (0.06, 0.12, 0.18, 0.24, 0.3), "height of the band", kinds.occluded_eyes
    ),
    "occluded mouth": Corruption(
        (0.08, 0.16, 0.24, 0.32, 0.4), "height of the band", kinds.occluded_mouth
    ),
    "rotation": Corruption((5, 10, 17, 25, 35), "degrees", kinds.rotation),
    "shift": Corruption((0.04, 0.08, 0.12, 0.16, 0.2), "share of the side", kinds.shift),
    "scale": Corruption((1.08, 1.16, 1.25, 1.35, 1.5), "factor or its inverse", kinds.scale),
    "box jitter": Corruption((0.015, 0.03, 0.045, 0.06, 0.09), "deviation", kinds.box_jitter),
}
