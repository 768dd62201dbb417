"""Evaluation of a model on corrupted copies of a split."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from tqdm import tqdm

from ..datasets import Split
from ..datasets.transforms import CORRUPTIONS, STRENGTHS, corrupted
from .evaluation import Evaluation
from .robustness import Robustness
from .scoring import evaluate


def evaluate_corrupted(
    model: keras.Model,
    split: Split,
    class_names: Sequence[str],
    *,
    corruptions: Sequence[str] = tuple(CORRUPTIONS),
    seed: int = 0,
    **options: Any,
) -> Robustness:
    """Run a model over a split as it is, and under corruptions at five strengths.

    With all fifteen corruptions it takes 76 times as long as :func:`emotion_lib.evaluate`, and
    shows its progress.

    Args:
        model: Keras model that maps raw pixels to probabilities.
        split: uint8 images, and one label per image.
        class_names: names of the model's outputs and of the labels.
        corruptions: keys of :data:`emotion_lib.datasets.transforms.CORRUPTIONS`.
        seed: random seed of the corruptions.
        options: those of :func:`emotion_lib.evaluate`, such as ``precision``.

    Example:
        >>> found = evaluate_corrupted(model, dataset.test, dataset.class_names)  # doctest: +SKIP
        >>> found.accuracy.loc["blur", 5]  # doctest: +SKIP
        0.412
    """
    images = np.asarray(split.images)
    clean = evaluate(model, split, class_names, **options)
    found: dict[tuple[str, int], Evaluation] = {}
    with tqdm(total=len(corruptions) * len(STRENGTHS), desc="corruptions") as progress:
        for name in corruptions:
            for strength in STRENGTHS:
                changed = replace(split, images=corrupted(images, name, strength, seed))
                found[name, strength] = evaluate(model, changed, class_names, **options)
                progress.update()
    return Robustness(clean, found)
