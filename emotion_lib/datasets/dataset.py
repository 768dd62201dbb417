"""The types every data source returns."""

from dataclasses import dataclass, replace

import numpy as np

from ..errors import EmotionError


class DataError(EmotionError, RuntimeError):
    """Data that is missing, damaged or not what it claims; the message says what to do."""


@dataclass(frozen=True)
class Split:
    """One part of a data set.

    Attributes:
        images: uint8 ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, 0..255; may be a memory map.
        labels: int64 ``(n,)`` indices into the class names; of a multi-label set bool ``(n, num_classes)``; or float
            ``(n, num_classes)`` shares, where a source gives a distribution.
        has_twin: bool ``(n,)``, whether the *original* training split holds a pixel-identical image; None where
            that is not known.
    """

    images: np.ndarray
    labels: np.ndarray
    has_twin: np.ndarray | None = None

    def __post_init__(self):
        for name, array in (("labels", self.labels), ("has_twin", self.has_twin)):
            if array is not None and len(array) != len(self.images):
                raise ValueError(
                    f"Expected {len(self.images)} {name}, one an image. Received: {len(array)}."
                )

    def __len__(self) -> int:
        return len(self.images)

    def take(self, index: np.ndarray) -> "Split":
        """The rows ``index`` (integers or a mask) as a new split."""
        return Split(
            self.images[index],
            self.labels[index],
            None if self.has_twin is None else self.has_twin[index],
        )


@dataclass(frozen=True)
class Dataset:
    """Training, validation and test split of one source, with the names its labels index.

    Attributes:
        name: the source's name, as :func:`emotion_lib.datasets.load` takes it.
        class_names: what the labels index, in order.
        multi_label: whether an image may carry several labels.
        train, val, test: the splits.
        fingerprint: SHA-256 (16 hex digits) of pixels, labels and options; goes into every run made from it.
        full: whether this is the whole of a real source: only then may a run enter the leaderboard.
        notes: what was dropped, skipped or odd, in words.
    """

    name: str
    class_names: tuple[str, ...]
    multi_label: bool
    train: Split
    val: Split
    test: Split
    fingerprint: str
    full: bool
    notes: tuple[str, ...] = ()

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """``(height, width, channels)`` of one image as a network takes it."""
        shape = self.train.images.shape[1:]
        return shape if len(shape) == 3 else (*shape, 1)

    def limit(self, n: int | None, seed: int = 0) -> "Dataset":
        """At most ``n`` images a split, drawn at random with ``seed``: for smoke runs. None changes nothing.

        The result is no longer ``full``, so a run on it stays off the leaderboard.
        """
        if n is None:
            return self

        def draw(split: Split) -> Split:
            index = np.random.default_rng(seed).permutation(len(split))[:n]
            return split.take(np.sort(index))

        return replace(
            self,
            train=draw(self.train),
            val=draw(self.val),
            test=draw(self.test),
            full=False,
            fingerprint=f"{self.fingerprint}-limit{n}-seed{seed}",
            notes=(*self.notes, f"limited to at most {n} images a split (seed {seed})"),
        )

    def counts(self):
        """Images of each class in each split, as a pandas DataFrame (rows: classes, columns: splits).

        Of a multi-label set the images that have a label, of a distribution the sum of its shares.
        """
        import pandas as pd

        def count(labels: np.ndarray) -> np.ndarray:
            return (
                np.bincount(labels, minlength=self.num_classes)
                if labels.ndim == 1
                else np.sum(labels, axis=0)
            )

        splits = {"train": self.train, "val": self.val, "test": self.test}
        table = {name: count(split.labels) for name, split in splits.items()}
        return pd.DataFrame(table, index=pd.Index(self.class_names, name="class"))
