"""Subjects of the benchmark: images on disk, read and trained on."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .keras_subjects import Subject, keras_network

if TYPE_CHECKING:
    from ..datasets import Split


def epoch(
    n: int,
    widths: Sequence[int] = (8, 16, 32, 64),
    batch_size: int = 128,
    precision: str = "auto",
) -> Subject:
    """Measure one epoch of a narrow network over ``n`` memory-mapped rows.

    Everything is included: reading, shuffling and training.
    """
    from ..datasets.batches import Batches
    from ..training import set_precision

    set_precision(precision)
    model = keras_network(widths, 48, fast=True)
    model.compile("adam", "sparse_categorical_crossentropy")
    batches = Batches(_mapped_split(n), batch_size, shuffle=True)
    return lambda: model.fit(batches, verbose=0, shuffle=False), n


def reading(n: int, batch_size: int = 128) -> Subject:
    """Measure reading every batch of ``n`` memory-mapped rows in random order."""
    from ..datasets.batches import Batches

    batches = Batches(_mapped_split(n), batch_size, shuffle=True)

    def step() -> None:
        for index in range(len(batches)):
            batches[index]

    return step, n


def _mapped_split(n: int) -> "Split":
    """Return ``n`` rows of noise on disk, mapped into memory as a cached data set is."""
    from ..datasets import Split

    folder = tempfile.TemporaryDirectory(prefix="emotion-bench-")
    file = Path(folder.name) / "images.npy"
    images = np.lib.format.open_memmap(file, "w+", np.uint8, (n, 48, 48))
    block = np.random.default_rng(0).integers(0, 256, (1000, 48, 48), dtype=np.uint8)
    for start in range(0, n, len(block)):
        images[start : start + len(block)] = block[: n - start]
    images.flush()
    # The written pages count as this process's memory, so the file is opened again for reading.
    del images
    mapped = np.load(file, mmap_mode="r")
    mapped.folder = folder  # deleted together with the array
    return Split(mapped, np.random.default_rng(0).integers(0, 7, n))
