"""From a model and a split to its scores: one pass, or the mean over views and over models."""

import weakref
from collections.abc import Sequence

import keras
import numpy as np

from ..datasets.batches import in_batches
from ..models.inference import folded
from ..models.normalization import copy_weights
from .metrics import Evaluation


def evaluate(
    model,
    split,
    class_names: Sequence[str],
    *,
    batch_size: int = 256,
    flip: bool = False,
    crop: int | None = None,
    precision: str | None = None,
    thresholds: np.ndarray | None = None,
    label_names: Sequence[str] | None = None,
) -> Evaluation:
    """Run a model over a split and keep its probabilities.

    Args:
        model: Keras model, raw pixels in, probabilities ``(n, len(class_names))`` out.
        split: a :class:`emotion_lib.datasets.Split`.
        class_names: what the model's outputs mean, and the split's labels too unless ``label_names`` says otherwise.
        batch_size: images a step.
        flip: average the probabilities of each image and its mirror image; twice the time.
        crop: also average over five crops of this many pixels a side, four corners and the middle, each enlarged again: ten
            crops with ``flip``; five times the time. None: the whole image alone.
        precision: compute in this Keras policy: "mixed_bfloat16" takes half the time where the processor has it, and
            moves probabilities by about 0.01. None keeps the model's own.
        thresholds: of a multi-label task, see :class:`Evaluation`.
        label_names: what the split's labels mean where it has classes that the model does not know, or another order:
            :data:`emotion_lib.labels.EIGHT_EXPRESSIONS`, say. The evaluation is under these names; a class that the model
            does not know gets probability 0, and its images count as wrong.

    Returns:
        Scores float32 ``(n, number of classes)``.

    Raises:
        ValueError: the model has a class that ``label_names`` has not.
    """
    images = split.images if split.images.ndim == 4 else split.images[..., None]
    network = _network(model, precision)

    # Not model.predict: on TensorFlow its input pipeline ends by waiting for a tuning thread that sleeps ever longer
    # (10 ms, 20 ms ...), so that a call of 2.7 s returns after 5.1 s.
    def probabilities(batch: np.ndarray) -> np.ndarray:
        return np.asarray(network.predict_on_batch(batch), np.float32)

    def mean_over_views(batch: np.ndarray) -> np.ndarray:
        views = [batch] if crop is None else _crops(batch, crop)
        views += [view[:, :, ::-1] for view in views] if flip else []
        return np.mean([probabilities(view) for view in views], axis=0)

    scores = np.concatenate(list(in_batches(mean_over_views, images, batch_size)))
    names = tuple(class_names if label_names is None else label_names)
    return Evaluation(
        np.asarray(split.labels), _under(names, scores, class_names), names, thresholds
    )


# The copy of each model that computes, by precision: kept as long as the model, as what is compiled belongs to the copy.
_networks: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def _network(model: keras.Model, precision: str | None) -> keras.Model:
    """Return a model's folded copy with its weights of now; the same copy every time, so that it is compiled once."""
    copies = _networks.setdefault(model, {})
    new = folded(model, precision)
    kept = copies.get(precision)
    if kept is not None and kept.to_json() == new.to_json():
        copy_weights(new, kept)
        return kept
    copies[precision] = new
    return new


def _under(names: Sequence[str], scores: np.ndarray, class_names: Sequence[str]) -> np.ndarray:
    """Scores whose columns are ``class_names``, with the columns ``names``."""
    if unknown := [name for name in class_names if name not in names]:
        raise ValueError(
            f"Expected label_names with every class of the model. Received: {tuple(names)}, without {unknown}."
        )
    columns = {name: scores[:, index] for index, name in enumerate(class_names)}
    return np.stack(
        [columns.get(name, np.zeros(len(scores), scores.dtype)) for name in names], axis=1
    )


def _crops(images: np.ndarray, side: int) -> list[np.ndarray]:
    """Corners and middle of images ``(n, height, width, channels)``, as large as the images."""
    import cv2

    height, width = images.shape[1:3]
    if not 0 < side <= min(height, width):
        raise ValueError(f"Expected a crop of at most {min(height, width)} px. Received: {side}.")
    bottom, right = height - side, width - side
    corners = [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2)]

    def enlarged(image: np.ndarray) -> np.ndarray:
        return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR).reshape(
            height, width, -1
        )

    return [
        np.stack([enlarged(image[y : y + side, x : x + side]) for image in images])
        for y, x in corners
    ]


def mean(evaluations: Sequence[Evaluation]) -> Evaluation:
    """The mean of several models' probabilities on the same images: an ensemble.

    Raises:
        ValueError: they are of other images or classes.
    """
    first = evaluations[0]
    for other in evaluations[1:]:
        if not np.array_equal(first.y_true, other.y_true) or first.class_names != other.class_names:
            raise ValueError(
                f"Expected evaluations of the same images and classes. Received: n = {first.n} and {other.n}."
            )
    return Evaluation(
        first.y_true,
        np.mean([e.y_score for e in evaluations], axis=0),
        first.class_names,
        first.thresholds,
    )
