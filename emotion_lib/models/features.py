"""Pictures -> feature vectors for classical classifiers, computed once and kept in the cache by their content."""

import functools
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ..datasets import cache
from ..datasets.cached_rows import cached_rows
from ..files import digest_of, digest_of_arrays

_AT_A_TIME = 256


def hog(images: np.ndarray, *, orientations: int = 9, cell: int = 8, block: int = 2) -> np.ndarray:
    """Histograms of oriented gradients (Dalal & Triggs, CVPR 2005), by scikit-image.

    Args:
        images: uint8 ``(n, height, width)`` gray.
        orientations: bins of the gradient's direction.
        cell: px a side of what one histogram counts.
        block: cells a side of what is normalised together (L2-Hys).

    Returns:
        float32 ``(n, blocks * block**2 * orientations)``, read-only, mapped from the cache.

    Raises:
        ValueError: pictures that are not gray, or smaller than a block.
    """
    from skimage.feature import hog as histogram

    if images.ndim != 3 or min(images.shape[1:]) < cell * block:
        raise ValueError(
            f"Expected gray pictures (n, height, width) of at least {cell * block} px a side. Received: {images.shape}."
        )
    options = {
        "orientations": orientations,
        "pixels_per_cell": (cell, cell),
        "cells_per_block": (block, block),
    }

    def describe(faces: np.ndarray) -> np.ndarray:
        return np.stack([histogram(face, **options) for face in faces]).astype(np.float32)

    return _cached(
        "hog", images, options, describe, cache.version(__name__, packages=("scikit-image",))
    )


def hog_picture(
    image: np.ndarray, *, orientations: int = 9, cell: int = 8, block: int = 2
) -> np.ndarray:
    """What :func:`hog` sees of a picture: each cell's gradients as a star of strokes, uint8 of the same shape."""
    from skimage.exposure import rescale_intensity
    from skimage.feature import hog as histogram

    _, strokes = histogram(image, orientations, (cell, cell), (block, block), visualize=True)
    return rescale_intensity(strokes, out_range=(0, 255)).astype(np.uint8)


def face_embeddings(
    images: np.ndarray, weights: str | os.PathLike | None = None, standardization: str = "fixed"
) -> np.ndarray:
    """FaceNet's vectors of faces (see :mod:`emotion_lib.models.facenet`).

    Args:
        images: uint8 ``(n, height, width)`` or ``(n, height, width, 3)``, faces framed already.
        weights: a frozen graph; None: that of the package.
        standardization: "fixed" or "per image": what the network was trained with.

    Returns:
        float32 ``(n, 512)``, read-only, mapped from the cache.

    Raises:
        WeightsError: the network is not there.
    """
    from . import facenet, frozen_graph, hdf5

    file = Path(weights) if weights else facenet.graph_file()

    @functools.cache  # loaded only where something is left to be computed
    def embed():
        return facenet.facenet(file, standardization)

    options = {"weights": facenet.digest(file), "standardization": standardization}
    code = cache.version(
        __name__,
        facenet.__name__,
        frozen_graph.__name__,
        hdf5.__name__,
        packages=("tensorflow", "keras", "Pillow"),
    )
    return _cached("facenet", images, options, lambda faces: embed()(faces), code)


def penultimate(model, images: np.ndarray) -> np.ndarray:
    """What a network's last layer is given: its own features of each picture.

    Args:
        model: Keras model, raw pixels in, dense layer last.
        images: uint8 ``(n, height, width)`` or ``(n, height, width, channels)``.

    Returns:
        float32 ``(n, n_features)``, read-only, mapped from the cache.
    """
    import keras

    from ..datasets.batches import apply_padded, inference_size

    # The configuration tells layers and their connections apart, which the weights alone do not.
    digest = digest_of(model.to_json(), *model.get_weights())
    network = keras.Model(model.inputs[0], model.layers[-1].input)

    size = inference_size(len(images), _AT_A_TIME)

    def describe(faces: np.ndarray) -> np.ndarray:
        pixels = faces if faces.ndim == 4 else faces[..., None]
        return np.asarray(apply_padded(network.predict_on_batch, pixels, size), np.float32)

    options = {"network": digest, "backend": keras.backend.backend()}
    return _cached(
        "penultimate", images, options, describe, cache.version(__name__, packages=("keras",))
    )


def scores(classifier, vectors: np.ndarray) -> np.ndarray:
    """A fitted scikit-learn classifier's scores ``(n, num_classes)``, each row summing to 1.

    Where it gives no probabilities, the softmax of its decision values: in the same order, but not calibrated.
    """
    if hasattr(classifier, "predict_proba"):
        return classifier.predict_proba(vectors).astype(np.float32)
    values = classifier.decision_function(vectors)
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def _cached(
    kind: str,
    images: np.ndarray,
    options: dict,
    describe: Callable[[np.ndarray], np.ndarray],
    code: str,
) -> np.ndarray:
    """Return the vectors of all images, from the cache if they have been computed before."""

    def compute(start: int, stop: int) -> Iterator[np.ndarray]:
        for index in range(start, stop, _AT_A_TIME):
            yield describe(images[index : min(index + _AT_A_TIME, stop)])

    key = digest_of(json.dumps(options, sort_keys=True), digest_of_arrays(images), length=16)
    meta = {"kind": kind, **options}
    return cached_rows(f"features-{kind}", len(images), compute, key=key, code=code, meta=meta)
