"""Images of FER-2013 that are in training and also in a test split, pixel for pixel."""

import numpy as np

from ....files import digest_of
from .constants import USAGES


def find(images: np.ndarray, usages: np.ndarray) -> np.ndarray:
    """Return which images have a twin on the other side.

    Args:
        images: uint8 ``(n, 48, 48)``.
        usages: int ``(n,)`` into :data:`USAGES`.

    Returns:
        bool ``(n,)``: training images that a test split holds too, and images of the test splits
        that training holds too.
    """
    digests = np.array([digest_of(image, length=32) for image in images])
    train = usages == USAGES.index("Training")
    in_tests = np.isin(digests, digests[~train])
    in_training = np.isin(digests, digests[train])
    return np.where(train, in_tests, in_training)
