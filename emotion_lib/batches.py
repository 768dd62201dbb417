"""Seeded, shuffled batches of a split, for any Keras backend."""

from collections.abc import Callable

import keras
import numpy as np

from .datasets import Split


class Batches(keras.utils.PyDataset):
    """Batches ``(images, labels)`` of a split.

    The images stay where they are (a memory map, often) until their batch is asked for. The order of an epoch depends
    on the seed and the epoch's number alone, so a resumed training sees what an uninterrupted one would have seen.

    Args:
        split: the images and labels.
        batch_size: images a batch; the last batch of an epoch may be smaller.
        shuffle: a new order every epoch (training), or the split's own (validation, test).
        seed: of the shuffling and of the transform's draws.
        transform: changes each batch (see :mod:`emotion_lib.transforms`), or None.
        drop_remainder: leave out the images that fill no batch, others every epoch if shuffled, so that a backend that
            compiles by shape compiles once; fewer images than a batch are one.

    Each batch: uint8 ``(batch, height, width, channels)`` raw pixels 0..255 (float32 after a transform; cached features stay
    as they are), and int64 ``(batch,)`` labels, or the split's rows of shares.
    """

    def __init__(
        self,
        split: Split,
        batch_size: int,
        *,
        shuffle: bool = False,
        seed: int = 0,
        transform: Callable | None = None,
        drop_remainder: bool = False,
    ):
        super().__init__()
        if len(split) == 0:
            raise ValueError("Expected at least one image in the split. Received: none.")
        self.split, self.batch_size, self.shuffle, self.seed = split, batch_size, shuffle, seed
        self.transform, self.drop_remainder = transform, drop_remainder
        self.start_at(0)

    def start_at(self, epoch: int) -> None:
        """Take the order of this epoch (counted from 0)."""
        self.epoch = epoch
        rows = np.arange(len(self.split))
        self._order = np.random.default_rng([self.seed, epoch]).permutation(rows) if self.shuffle else rows

    def on_epoch_end(self) -> None:
        """Keras calls this between epochs."""
        self.start_at(self.epoch + 1)

    def __len__(self) -> int:
        if self.drop_remainder:
            return max(1, len(self.split) // self.batch_size)
        return -(-len(self.split) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self._order[index * self.batch_size : (index + 1) * self.batch_size]
        images, labels = self.split.images[rows], self.split.labels[rows]
        if self.transform is not None:
            rng = np.random.default_rng([self.seed, self.epoch, index])
            images, labels = self.transform(images, labels, rng, self.epoch)
            images = np.asarray(images, np.float32)  # one dtype for mixed and unmixed batches alike
        return images[..., None] if images.ndim == 3 else images, labels
