"""Feature vectors of images for classical classifiers, computed once and cached by content."""

import functools
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets import cache
from ..datasets.cached_rows import cached_rows
from ..files import digest_of, digest_of_arrays

_BATCH_SIZE = 256


def hog(images: np.ndarray, *, orientations: int = 9, cell: int = 8, block: int = 2) -> np.ndarray:
    """Compute histograms of oriented gradients (Dalal & Triggs, CVPR 2005), by scikit-image.

    Args:
        images: uint8 ``(n, height, width)`` gray.
        orientations: bins of the gradient's direction.
        cell: height and width in pixels of the area that one histogram counts.
        block: height and width in cells of the area that is normalised together (L2-Hys).

    Returns:
        float32 ``(n, blocks * block**2 * orientations)``, read-only, mapped from the cache.

    Raises:
        ValueError: images that are not gray, or smaller than a block.

    Example:
        >>> hog(np.zeros((2, 48, 48), np.uint8)).shape
        (2, 900)
    """
    from skimage.feature import hog as histogram

    if images.ndim != 3 or min(images.shape[1:]) < cell * block:
        raise ValueError(
            f"Expected gray pictures (n, height, width) of at least {cell * block} px per side. "
            f"Received: {images.shape}."
        )
    options = {
        "orientations": orientations,
        "pixels_per_cell": (cell, cell),
        "cells_per_block": (block, block),
    }

    def describe(faces: np.ndarray) -> np.ndarray:
        return np.stack([histogram(face, **options) for face in faces]).astype(np.float32)

    code = cache.version(__name__, packages=("scikit-image",))
    return _cached("hog", images, options, describe, code)


def face_embeddings(
    images: np.ndarray, weights: str | os.PathLike | None = None, standardization: str = "fixed"
) -> np.ndarray:
    """Compute FaceNet's vectors of faces (see :mod:`emotion_lib.models.facenet`).

    Args:
        images: uint8 ``(n, height, width)`` or ``(n, height, width, 3)``, faces already cropped.
        weights: a frozen graph or a Keras model; None: the package's graph.
        standardization: "fixed" or "per image", as in the network's training.

    Returns:
        float32 ``(n, 512)``, read-only, mapped from the cache.

    Raises:
        WeightsError: the network is missing.
    """
    from . import facenet, frozen_graph, hdf5

    file = Path(weights) if weights else facenet.graph_file()

    @functools.cache  # loaded only if something is left to compute
    def network():
        return facenet.facenet(file, standardization)

    options = {"weights": facenet.digest(file), "standardization": standardization}
    modules = (__name__, facenet.__name__, frozen_graph.__name__, hdf5.__name__)
    code = cache.version(*modules, packages=("tensorflow", "keras", "Pillow"))
    return _cached("facenet", images, options, lambda faces: network()(faces), code)


def penultimate(model, images: np.ndarray) -> np.ndarray:
    """Compute the input of a network's last layer: its own features of each image.

    Args:
        model: Keras model, raw pixels in, dense layer last.
        images: uint8 ``(n, height, width)`` or ``(n, height, width, channels)``.

    Returns:
        float32 ``(n, n_features)``, read-only, mapped from the cache.
    """
    import keras

    from ..datasets.inference_batches import apply_padded, inference_size

    # The configuration distinguishes layers and their connections; the weights alone do not.
    digest = digest_of(model.to_json(), *model.get_weights())
    network = keras.Model(model.inputs[0], model.layers[-1].input)
    size = inference_size(len(images), _BATCH_SIZE)

    def describe(faces: np.ndarray) -> np.ndarray:
        pixels = faces if faces.ndim == 4 else faces[..., None]
        return np.asarray(apply_padded(network.predict_on_batch, pixels, size), np.float32)

    options = {"network": digest, "backend": keras.backend.backend()}
    code = cache.version(__name__, packages=("keras",))
    return _cached("penultimate", images, options, describe, code)


def scores(classifier: Any, vectors: np.ndarray) -> np.ndarray:
    """Return the scores of a fitted scikit-learn classifier, each row with a sum of 1.

    For a classifier without probabilities they are the softmax of its decision values: in the same
    order, but not calibrated.

    Args:
        classifier: with ``predict_proba`` or ``decision_function``.
        vectors: ``(n, n_features)``.

    Returns:
        float32 ``(n, num_classes)``.
    """
    if hasattr(classifier, "predict_proba"):
        return classifier.predict_proba(vectors).astype(np.float32)
    values = classifier.decision_function(vectors)
    exponentials = np.exp(values - values.max(axis=1, keepdims=True))
    return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)


def _cached(
    kind: str,
    images: np.ndarray,
    options: dict,
    describe: Callable[[np.ndarray], np.ndarray],
    code: str,
) -> np.ndarray:
    """Return the vectors of all images, from the cache if they have been computed before."""

    def compute(start: int, stop: int) -> Iterator[np.ndarray]:
        for index in range(start, stop, _BATCH_SIZE):
            yield describe(images[index : min(index + _BATCH_SIZE, stop)])

    key = digest_of(json.dumps(options, sort_keys=True), digest_of_arrays(images), length=16)
    meta = {"kind": kind, **options}
    return cached_rows(f"features-{kind}", len(images), compute, key=key, code=code, meta=meta)
