"""A model compiled for LiteRT: one small file that answers without TensorFlow.

LiteRT and ONNX Runtime were measured side by side on two CPU cores: equal on nets of 25 to 50 million multiply-adds
(0.7 ms a face), ONNX Runtime faster by 10 to 18 % on one of 98 million; but LiteRT needs two thirds of the memory, and
Keras exports to it without further packages.
"""

from pathlib import Path
from typing import Literal

import keras

from ..environment import BackendError


def compile_model(
    model: keras.Model, path: Path, weights: Literal["float16", "int8"] = "float16"
) -> Path:
    """Write a model as a ``.tflite`` file.

    Args:
        model: of standard layers. For float16 its weights should be such values already (see :func:`.inference.rounded`),
            as the two files are then the same model.
        path: file to write, ending in ``.tflite``.
        weights: "float16", or "int8" with a scale for each output channel. The products are then of integers, each image's
            activations rounded by their own range: half the bytes, several times the speed where the processor multiplies
            bytes (AVX-512 VNNI, ARM dot product), probabilities moved by some hundredths.

    Raises:
        BackendError: the backend is not TensorFlow, which alone converts.
    """
    if keras.backend.backend() != "tensorflow":
        raise BackendError(
            f"Expected the backend tensorflow, which LiteRT's converter needs. Received: {keras.backend.backend()}. "
            "Set KERAS_BACKEND=tensorflow for this command; a model trained on any backend can be compiled."
        )
    import tensorflow as tf

    path = Path(path)
    model.export(
        path,
        format="litert",
        verbose=False,
        optimizations=[tf.lite.Optimize.DEFAULT],
        **({"target_spec": {"supported_types": [tf.float16]}} if weights == "float16" else {}),
    )
    return path
