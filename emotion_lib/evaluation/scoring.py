"""Probabilities of a model on a split, of several views of it, and of several models."""

import weakref
from collections.abc import Sequence

import cv2
import keras
import numpy as np

from ..datasets import Split
from ..datasets.inference_batches import in_batches
from ..models.conversion import copy_weights
from ..models.folding import folded
from .evaluation import Evaluation


def evaluate(
    model: keras.Model,
    split: Split,
    class_names: Sequence[str],
    *,
    batch_size: int = 256,
    flip: bool = False,
    crop: int | None = None,
    precision: str | None = None,
    thresholds: np.ndarray | None = None,
    label_names: Sequence[str] | None = None,
) -> Evaluation:
    """Run a model over a split and return its probabilities as an :class:`Evaluation`.

    Args:
        model: Keras model that maps raw pixels to probabilities ``(n, len(class_names))``.
        split: images and labels.
        class_names: names of the model's outputs, and of the split's labels unless
            ``label_names`` is given.
        batch_size: images per step.
        flip: average the probabilities of each image and its mirror image; twice the time.
        crop: also average over five crops with this side in pixels (four corners and the centre),
            each enlarged to the size of the image; with ``flip`` ten crops. Five times the time.
            None: only the whole image.
        precision: compute with this Keras dtype policy: "mixed_bfloat16" takes half the time if
            the processor supports it, and changes probabilities by about 0.01. None: the model's.
        thresholds: decision thresholds of a multi-label task, see :class:`Evaluation`.
        label_names: names of the split's labels if these are not the model's, such as
            :data:`emotion_lib.labels.EIGHT_EXPRESSIONS`. The evaluation has these names; a class
            that the model does not know gets probability 0, and its images count as wrong.

    Returns:
        Evaluation with scores float32 ``(n, number of names)``.

    Raises:
        ValueError: ``label_names`` lacks a class of the model, or the crop is larger than an image.

    Example:
        >>> result = evaluate(model, dataset.test, dataset.class_names)  # doctest: +SKIP
        >>> result.accuracy, result.accuracy_interval  # doctest: +SKIP
        (0.6578, (0.6422, 0.6732))
    """
    images = split.images if split.images.ndim == 4 else split.images[..., None]
    network = _network(model, precision)

    def mean_over_views(batch: np.ndarray) -> np.ndarray:
        views = [batch] if crop is None else _crops(batch, crop)
        if flip:
            views += [view[:, :, ::-1] for view in views]
        # Not model.predict: on TensorFlow its input pipeline ends by waiting for a tuning thread
        # that sleeps longer each time (10 ms, 20 ms ...): a call of 2.7 s returned after 5.1 s.
        scores = [np.asarray(network.predict_on_batch(view), np.float32) for view in views]
        return np.mean(scores, axis=0)

    scores = np.concatenate(list(in_batches(mean_over_views, images, batch_size)))
    names = tuple(class_names)
    if label_names is not None:
        scores = _with_columns(tuple(label_names), scores, names)
        names = tuple(label_names)
    return Evaluation(np.asarray(split.labels), scores, names, thresholds)


# By model, then by precision: the copy that computes. It is kept as long as the model, because
# the compiled function belongs to the copy.
_networks: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def _network(model: keras.Model, precision: str | None) -> keras.Model:
    """Return a folded copy of the model with its current weights.

    Calls with the same architecture get the same copy, which is compiled once.
    """
    copies = _networks.setdefault(model, {})
    new = folded(model, precision)
    kept = copies.get(precision)
    if kept is not None and kept.to_json() == new.to_json():
        copy_weights(new, kept)
        return kept
    copies[precision] = new
    return new


def _with_columns(
    names: Sequence[str], scores: np.ndarray, class_names: Sequence[str]
) -> np.ndarray:
    """Return scores with the columns ``names`` from scores with the columns ``class_names``."""
    unknown = [name for name in class_names if name not in names]
    if unknown:
        raise ValueError(
            "Expected label_names with every class of the model. "
            f"Received: {tuple(names)}, without {unknown}."
        )
    result = np.zeros((len(scores), len(names)), scores.dtype)
    for index, name in enumerate(class_names):
        result[:, names.index(name)] = scores[:, index]
    return result


def _crops(images: np.ndarray, side: int) -> list[np.ndarray]:
    """Return four corners and the centre of each image, enlarged to the size of the image.

    Args:
        images: ``(n, height, width, channels)``.
        side: height and width of the crops in pixels.
    """
    height, width = images.shape[1:3]
    if not 0 < side <= min(height, width):
        raise ValueError(f"Expected a crop of at most {min(height, width)} px. Received: {side}.")
    bottom = height - side
    right = width - side
    corners = [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2)]
    crops = []
    for y, x in corners:
        enlarged = np.empty_like(images)
        for index, image in enumerate(images):
            crop = image[y : y + side, x : x + side]
            resized = cv2.resize(crop, (width, height), interpolation=cv2.INTER_LINEAR)
            enlarged[index] = resized.reshape(height, width, -1)
        crops.append(enlarged)
    return crops


def mean(evaluations: Sequence[Evaluation]) -> Evaluation:
    """Return the evaluation of an ensemble: the mean probabilities of several models.

    Args:
        evaluations: of the ensemble members, on the same images.

    Raises:
        ValueError: the members were evaluated on different images or classes.
    """
    first = evaluations[0]
    for other in evaluations[1:]:
        if not np.array_equal(first.y_true, other.y_true) or first.class_names != other.class_names:
            raise ValueError(
                "Expected evaluations of the same images and classes. "
                f"Received: n = {first.n} and {other.n}."
            )
    scores = np.mean([evaluation.y_score for evaluation in evaluations], axis=0)
    return Evaluation(first.y_true, scores, first.class_names, first.thresholds)
