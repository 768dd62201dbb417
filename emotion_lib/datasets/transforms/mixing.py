"""Pairs of images mixed into one, and the labels that can be mixed with them."""

from dataclasses import dataclass, replace

import numpy as np

from ..dataset import Split
from .degradation import Batch


@dataclass(frozen=True)
class Mixing:
    """Pairs of images mixed into one, with their labels in the same shares.

    Mixup (Zhang et al., ICLR 2018) overlays the second image, CutMix (Yun et al., ICCV 2019) pastes
    a rectangle of it.

    Attributes:
        alpha: of the Beta distribution of the shares in mixup; 0: no mixup.
        cutmix: share of the batches that get CutMix instead.
        until: epoch (from 0) from which on nothing is mixed, so that the end of a training sees
            faces as they are; None: never.
    """

    alpha: float = 0.2
    cutmix: float = 0.0
    until: int | None = None

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, epoch: int = 0
    ) -> Batch:
        """Return images of the same shape, float32 after mixup, and float32 labels.

        Args:
            images: ``(n, height, width[, channels])``.
            labels: shares ``(n, num_classes)``, see :func:`one_hot`, or ``(n, heads,
                num_classes)`` for a network with several outputs.
            rng: random generator.
            epoch: number of the epoch, from 0.

        Raises:
            ValueError: labels of another shape.
        """
        if labels.ndim < 2:
            raise ValueError(
                "Expected labels (n, num_classes), which can be mixed. "
                f"Received: {labels.shape}. See one_hot."
            )
        if self.until is not None and epoch >= self.until:
            return images, labels
        order = rng.permutation(len(images))
        if rng.random() < self.cutmix:
            return _cut_and_paste(images, labels, order, rng)
        if not self.alpha:
            return images, labels
        share = rng.beta(self.alpha, self.alpha, len(images)).astype(np.float32)
        share_of_images = share.reshape(-1, *[1] * (images.ndim - 1))
        mixed = share_of_images * images + (1 - share_of_images) * images[order]
        share_of_labels = share.reshape(-1, *[1] * (labels.ndim - 1))
        return mixed, _mixed_labels(labels, labels[order], share_of_labels)


@dataclass(frozen=True)
class ByHead:
    """Labels ``(n, heads, num_classes)`` as one array per head, which Keras takes.

    It must be the last transform of a batch, because the others take one array.
    """

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, epoch: int = 0
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """Return the images, and a tuple of labels ``(n, num_classes)``."""
        return images, tuple(np.moveaxis(labels, 1, 0))


def one_hot(split: Split, num_classes: int, smoothing: float = 0.0) -> Split:
    """Return a split with shares as labels, float32 ``(n, num_classes)``.

    Args:
        split: with labels ``(n,)``, or ``(n, num_classes)`` or ``(n, heads, num_classes)`` that
            are shares already.
        num_classes: number of classes.
        smoothing: share that is distributed equally over all classes (label smoothing, Szegedy et
            al., CVPR 2016).
    """
    shares = split.labels
    if shares.ndim == 1:
        shares = np.eye(num_classes, dtype=np.float32)[shares]
    smoothed = (1 - smoothing) * shares + smoothing / num_classes
    return replace(split, labels=smoothed.astype(np.float32))


def _cut_and_paste(
    images: np.ndarray, labels: np.ndarray, order: np.ndarray, rng: np.random.Generator
) -> Batch:
    share = rng.random()
    height, width = images.shape[1:3]
    cut_height = round(height * np.sqrt(1 - share))
    cut_width = round(width * np.sqrt(1 - share))
    top = rng.integers(height - cut_height + 1)
    left = rng.integers(width - cut_width + 1)
    rows = slice(top, top + cut_height)
    columns = slice(left, left + cut_width)
    mixed = np.array(images)
    mixed[:, rows, columns] = images[order, rows, columns]
    kept = 1 - cut_height * cut_width / (height * width)
    return mixed, _mixed_labels(labels, labels[order], kept)


def _mixed_labels(first: np.ndarray, second: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    return (share * first + (1 - share) * second).astype(np.float32)
