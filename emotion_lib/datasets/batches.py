"""Seeded, shuffled batches of a split, for any Keras backend; and batches of one size for inference.

JAX compiles a step again for every shape that it receives, which takes seconds to a minute. So all batches here have one
size wherever that is possible.
"""

from collections.abc import Callable, Iterator

import keras
import numpy as np

from . import Split


class Batches(keras.utils.PyDataset):
    """Batches ``(images, labels)`` of a split.

    The images stay where they are (a memory map, often) until their batch is asked for. The order of an epoch depends
    on the seed and the epoch's number alone, so a resumed training sees what an uninterrupted one would have seen.

    Keras's ``workers`` stay unused: a batch of 128 faces takes 0.02 ms, and 0.9 ms with the recipe's transforms, which
    threads make slower; and with them the order of batches depends on their timing (keras 3.15: batches that were read to
    build the model are left in the queue for the first epoch).

    Args:
        split: the images and labels.
        batch_size: images per batch, at most; see below.
        shuffle: a new order every epoch (training), or the split's own (validation, test).
        seed: of the shuffling and of the transform's draws.
        transform: changes each batch (see :mod:`emotion_lib.datasets.transforms`), or None.

    Attributes:
        batch_size: the size used. Shuffled batches all have this size, and the images that fill no batch are left out,
            others every epoch. It is the size asked for, or that of equal parts where more than a tenth of the images
            would be left out. Without shuffling every image is in exactly one batch: the size is the largest that divides
            the number of images, down to a quarter of the size asked for; if there is none, the last batch is smaller.
            Several devices (see :func:`emotion_lib.training.use_all_devices`) get equal shares of each batch.

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
    ):
        super().__init__()
        if len(split) == 0:
            raise ValueError("Expected at least one image in the split. Received: none.")
        if batch_size < 1:
            raise ValueError(f"Expected a batch size of at least 1. Received: {batch_size}.")
        self.split = split
        self.shuffle = shuffle
        self.seed = seed
        self.transform = transform
        choose = _size_for_training if shuffle else _size_for_validation
        self.batch_size = choose(len(split), min(batch_size, len(split)), _device_count())
        self.start_at(0)

    def start_at(self, epoch: int) -> None:
        """Take the order of this epoch (counted from 0)."""
        self.epoch = epoch
        rows = np.arange(len(self.split))
        self._order = (
            np.random.default_rng([self.seed, epoch]).permutation(rows) if self.shuffle else rows
        )

    def on_epoch_end(self) -> None:
        """Keras calls this between epochs."""
        self.start_at(self.epoch + 1)

    def __len__(self) -> int:
        if self.shuffle:
            return len(self.split) // self.batch_size
        return -(-len(self.split) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self._order[index * self.batch_size : (index + 1) * self.batch_size]
        images, labels = self.split.images[rows], self.split.labels[rows]
        if self.transform is not None:
            rng = np.random.default_rng([self.seed, self.epoch, index])
            images, labels = self.transform(images, labels, rng, self.epoch)
            images = np.asarray(images, np.float32)  # one dtype for mixed and unmixed batches alike
        return images[..., None] if images.ndim == 3 else images, labels


def inference_size(n: int, batch_size: int) -> int:
    """Return the size of all batches of ``n`` images: at most ``batch_size``, and a power of two below it, so that splits
    of about one size need one compilation."""
    return min(batch_size, 1 << (n - 1).bit_length())


def apply_padded(
    function: Callable[[np.ndarray], np.ndarray], images: np.ndarray, size: int
) -> np.ndarray:
    """Return what a function makes of at most ``size`` images, which it receives as a full batch.

    Args:
        function: images ``(size, ...)`` -> array ``(size, ...)``, each row of its own image alone.
        images: ``(n, ...)``; the last one is repeated up to ``size``.
        size: images per call.

    Returns:
        Array ``(n, ...)``.
    """
    missing = size - len(images)
    if missing:
        images = np.concatenate([images, np.repeat(images[-1:], missing, axis=0)])
    return np.asarray(function(images))[: size - missing]


def in_batches(
    function: Callable[[np.ndarray], np.ndarray], images: np.ndarray, batch_size: int
) -> Iterator[np.ndarray]:
    """Yield what a function makes of images, batch by batch; it receives batches of one size only, see
    :func:`apply_padded`."""
    size = inference_size(len(images), batch_size)
    for start in range(0, len(images), size):
        yield apply_padded(function, images[start : start + size], size)


def _device_count() -> int:
    distribution = keras.distribution.distribution()
    return 1 if distribution is None else distribution.device_mesh.devices.size


def _size_for_training(n: int, batch_size: int, devices: int) -> int:
    """Return the size of batches that leaves out few of ``n`` images, a multiple of ``devices`` if possible."""
    size = _multiple(batch_size, devices)
    if n % size <= n / 10:
        return size
    steps = -(-n // batch_size)
    return _multiple(n // steps, devices)


def _size_for_validation(n: int, batch_size: int, devices: int) -> int:
    """Return a size of batches that leaves no remainder of ``n`` images, as far as there is one.

    Devices can share a batch only if its size is a multiple of their number, and Keras lays out all batches as the first
    one. So where a remainder is left, the size is none: each device then computes all of it.
    """
    divisors = [size for size in range(-(-batch_size // 4), batch_size + 1) if n % size == 0]
    shared = [size for size in divisors if size % devices == 0]
    if divisors:
        return max(shared or divisors)
    return batch_size if devices == 1 or batch_size % devices else batch_size - 1


def _multiple(size: int, devices: int) -> int:
    return size - size % devices if size >= devices else size
