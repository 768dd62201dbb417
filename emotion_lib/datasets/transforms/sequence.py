"""Several transforms as one."""

from dataclasses import dataclass

import numpy as np

from .degradation import Batch


@dataclass(frozen=True)
class Sequence:
    """Several transforms, one after the other."""

    steps: tuple

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, epoch: int = 0
    ) -> Batch:
        """Return the images and labels after all steps."""
        for step in self.steps:
            images, labels = step(images, labels, rng, epoch)
        return images, labels
