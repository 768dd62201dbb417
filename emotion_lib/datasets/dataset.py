"""The types that every data source returns: splits and data sets."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import EmotionError

if TYPE_CHECKING:
    import pandas as pd


class DataError(EmotionError, RuntimeError):
    """Data that is missing, damaged or not what it should be; the message says what to do.

    Example:
        >>> from emotion_lib import DataError, load_dataset
        >>> try:
        ...     load_dataset("fer2031")
        ... except DataError as error:
        ...     print(str(error)[:33])
        Expected one of the data sets ['e
    """

    def _render_traceback_(self) -> list[str]:
        """Return what Jupyter shows: the message alone, which says what to do.

        The frames of a missing data set, with those of the download that failed, take 26,000
        characters.
        """
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True)
class Split:
    """One part of a data set: training, validation or test.

    Attributes:
        images: uint8 ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB, 0..255; may be a
            memory map.
        labels: int64 ``(n,)`` indices into the class names; bool ``(n, num_classes)`` of a
            multi-label data set; or float ``(n, num_classes)`` shares, where a source gives a
            distribution.
        has_twin: bool ``(n,)``, whether the *original* training split holds a pixel-identical
            image; None if that is not known.

    Example:
        >>> Split(np.zeros((2, 48, 48), np.uint8), np.array([0, 3])).images.shape
        (2, 48, 48)
    """

    images: np.ndarray
    labels: np.ndarray
    has_twin: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name, array in (("labels", self.labels), ("has_twin", self.has_twin)):
            if array is not None and len(array) != len(self.images):
                raise ValueError(
                    f"Expected {len(self.images)} {name}, one per image. Received: {len(array)}."
                )

    def __len__(self) -> int:
        return len(self.images)

    def take(self, index: np.ndarray) -> "Split":
        """Return a new split with some of the rows.

        Args:
            index: integers, or a bool mask.
        """
        has_twin = None if self.has_twin is None else self.has_twin[index]
        return Split(self.images[index], self.labels[index], has_twin)


@dataclass(frozen=True)
class Dataset:
    """Training, validation and test split of one source, with the names that its labels index.

    Attributes:
        name: name of the source, as :func:`emotion_lib.datasets.load` takes it.
        class_names: names that the labels index, in order.
        multi_label: whether an image may have several labels.
        train, val, test: the splits.
        fingerprint: SHA-256 (16 hex digits) of pixels, labels and options; every run that is made
            from the data records it.
        full: whether this is the whole of a real source. Only then may a run enter the leaderboard.
        notes: sentences on what was dropped, skipped or unusual.

    Example:
        >>> from emotion_lib import load_dataset
        >>> dataset = load_dataset("synthetic")
        >>> dataset.class_names[dataset.train.labels[0]] in dataset.class_names
        True
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
        """Return a data set with at most ``n`` images per split, for quick trials.

        The result is no longer ``full``, so that a run on it does not enter the leaderboard.

        Args:
            n: number of images per split; None returns the data set as it is.
            seed: random seed of the choice.
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
            notes=(*self.notes, f"limited to at most {n} images per split (seed {seed})"),
        )

    def counts(self) -> "pd.DataFrame":
        """Return the number of images per class (rows) and split (columns).

        For a multi-label data set it is the number of images that have the label, for a
        distribution the sum of its shares.
        """
        import pandas as pd

        table = {}
        for name in ("train", "val", "test"):
            labels = getattr(self, name).labels
            if labels.ndim == 1:
                table[name] = np.bincount(labels, minlength=self.num_classes)
            else:
                table[name] = np.sum(labels, axis=0)
        return pd.DataFrame(table, index=pd.Index(self.class_names, name="class"))

    def summary(self) -> str:
        """Return the counts, the fingerprint and the notes as lines of text."""
        lines = [self.counts().to_string(), f"fingerprint {self.fingerprint}"]
        lines += [f"- {note}" for note in self.notes]
        return "\n".join(lines)
