"""Worse images of the same faces: lower quality, and other crops."""

from dataclasses import dataclass, replace

import numpy as np

from . import operations

Batch = tuple[np.ndarray, np.ndarray]  # images and labels


@dataclass(frozen=True)
class Degradation:
    """Loss of quality by cameras, enlargement and compression, drawn for each image.

    Attributes:
        resolution: probability that the image was smaller before, between ``smallest`` and its own
            size.
        blur: probability of a Gaussian blur, standard deviation up to 1.2 px.
        noise: probability of Gaussian noise, standard deviation up to 12 of 255.
        jpeg: probability of JPEG compression, quality 25 to 90.
        smallest: px per side.
    """

    resolution: float = 0.3
    blur: float = 0.2
    noise: float = 0.2
    jpeg: float = 0.3
    smallest: int = 18

    def scaled(self, factor: float) -> "Degradation":
        """Return a degradation with every probability multiplied by ``factor``."""
        return replace(
            self,
            resolution=self.resolution * factor,
            blur=self.blur * factor,
            noise=self.noise * factor,
            jpeg=self.jpeg * factor,
        )

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, epoch: int = 0
    ) -> Batch:
        """Return new uint8 images ``(n, height, width[, channels])``, and the labels unchanged."""
        changed = np.array(images)
        draws = rng.random((len(images), 4))
        strengths = rng.random((len(images), 4))
        for index in range(len(images)):
            image = changed[index]
            shape = image.shape
            draw = draws[index]
            strength = strengths[index]
            if draw[0] < self.resolution:
                side = round(self.smallest + strength[0] * (shape[0] - self.smallest))
                image = operations.enlarged(image, side)
            if draw[1] < self.blur:
                image = operations.blurred(image, 0.3 + 0.9 * strength[1])
            if draw[2] < self.noise:
                image = operations.noisy(image, 1 + 11 * strength[2], rng)
            if draw[3] < self.jpeg:
                image = operations.compressed(image, int(25 + 65 * strength[3]))
            changed[index] = image.reshape(shape)
        return changed, labels


@dataclass(frozen=True)
class Framing:
    """Another crop of the same face, as another detector would have cut it.

    The face becomes larger or smaller, moves off the centre and is tilted. The edge of the image is
    repeated beyond its border.

    Attributes:
        scale: the face becomes between ``1 - scale`` and ``1 + scale`` times as large.
        shift: largest shift in each direction, as a share of the side.
        rotation: largest rotation in each direction, degrees.
    """

    scale: float = 0.15
    shift: float = 0.06
    rotation: float = 8.0

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, epoch: int = 0
    ) -> Batch:
        """Return new uint8 images ``(n, height, width[, channels])``, and the labels unchanged."""
        changed = np.empty(images.shape, np.uint8)
        for index, image in enumerate(images):
            scale = 1 + self.scale * rng.uniform(-1, 1)
            angle = self.rotation * rng.uniform(-1, 1)
            shift = self.shift * rng.uniform(-1, 1, 2)
            changed[index] = operations.reframed(image, scale, angle, shift).reshape(image.shape)
        return changed, labels
