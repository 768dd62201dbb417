"""Drawn faces with seven expressions: data for tests and trials that needs no download.

A result on these drawings shows that the code works, and nothing about real faces. Such runs never
reach the leaderboard.
"""

import numpy as np

from ....files import digest_of
from ...dataset import Dataset, Split
from .drawing import CLASS_NAMES, draw_face

__all__ = ["CLASS_NAMES", "draw_face", "load"]

_CUT = 0.58  # height of the cut between eyes and mouth, as a share of the image


def load(
    n_train: int = 700,
    n_val: int = 210,
    n_test: int = 210,
    *,
    size: int = 48,
    multi_label: bool = False,
    seed: int = 0,
) -> Dataset:
    """Draw a data set with classes in equal parts.

    Args:
        n_train, n_val, n_test: images per split.
        size: px per side.
        multi_label: give each face the brows and eyes of one expression and the mouth of another
            (often the same), and both as its labels, bool ``(n, 7)``.
        seed: random seed; the same seed gives the same images.

    Returns:
        Gray uint8 images ``(n, size, size)``.
    """
    rng = np.random.default_rng(seed)
    train = _draw_split(n_train, size, rng, multi_label)
    val = _draw_split(n_val, size, rng, multi_label)
    test = _draw_split(n_test, size, rng, multi_label)
    return Dataset(
        "synthetic",
        CLASS_NAMES,
        multi_label,
        train,
        val,
        test,
        fingerprint=digest_of(train.images, val.images, test.images, length=16),
        full=False,
        notes=("drawn, not real",),
    )


def _draw_split(n: int, size: int, rng: np.random.Generator, multi_label: bool) -> Split:
    labels = rng.permutation(np.arange(n) % len(CLASS_NAMES)).astype(np.int64)
    images = np.empty((n, size, size), np.uint8)
    no_twins = np.zeros(n, bool)
    if not multi_label:
        for index, label in enumerate(labels):
            images[index] = _draw_gray(label, rng, size)
        return Split(images, labels, no_twins)
    mouths = np.where(rng.random(n) < 0.5, labels, rng.permutation(labels))
    people = rng.integers(2**32, size=n)
    is_upper = np.arange(size)[:, None] < _CUT * size
    for index, (label, mouth, person) in enumerate(zip(labels, mouths, people, strict=True)):
        # The same person twice, cut between eyes and mouth.
        upper = _draw_gray(label, int(person), size)
        lower = _draw_gray(mouth, int(person), size)
        images[index] = np.where(is_upper, upper, lower)
    one_hot = np.eye(len(CLASS_NAMES), dtype=bool)
    return Split(images, one_hot[labels] | one_hot[mouths], no_twins)


def _draw_gray(label: int, rng: np.random.Generator | int, size: int) -> np.ndarray:
    return np.asarray(draw_face(CLASS_NAMES[label], rng, size).convert("L"))
