"""Evaluation of a model on corrupted copies of a split."""

import functools
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from tqdm import tqdm

from ..datasets import Split, cache
from ..datasets.transforms import CORRUPTIONS, STRENGTHS, corrupted
from ..files import digest_of, digest_of_arrays
from .evaluation import Evaluation
from .robustness import Robustness
from .scoring import evaluate

_KIND = "corrupted-scores"  # beginning of the names in the cache


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

    With all fifteen corruptions it takes 76 times as long as :func:`emotion_lib.evaluate`. It shows
    its progress, and keeps the scores of each corruption in the cache, so that an interrupted call
    continues there.

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
    model_key = digest_of(model.to_json(), *model.get_weights())
    keys = [model_key, digest_of_arrays(images), json.dumps([seed, options], default=str)]

    def build(name: str) -> cache.Entry:
        """Return scores ``(strengths, n, num_classes)`` of one corruption."""
        changed = np.concatenate(
            [corrupted(images, name, strength, seed) for strength in STRENGTHS]
        )
        together = Split(changed, np.tile(split.labels, len(STRENGTHS)))
        scores = evaluate(model, together, class_names, **options).y_score
        return {"scores": scores.reshape(len(STRENGTHS), len(split), -1)}, {}

    clean = evaluate(model, split, class_names, **options)
    found: dict[tuple[str, int], Evaluation] = {}
    for name in tqdm(corruptions, desc="corruptions"):
        folder = cache.place(_KIND, digest_of(name, *keys, length=16), _code())
        arrays, _ = cache.load(folder, functools.partial(build, name))
        for strength, scores in zip(STRENGTHS, arrays["scores"], strict=True):
            found[name, strength] = replace(clean, y_score=np.array(scores))
    return Robustness(clean, found)


def _code() -> str:
    """Return what changes with the code of the corruptions."""
    package = "emotion_lib.datasets.transforms"
    modules = [f"{package}.{name}" for name in ("corruptions", "corruption_kinds", "operations")]
    return cache.version(*modules, packages=("opencv-python", "keras"))
