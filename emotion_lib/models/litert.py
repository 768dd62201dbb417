"""Compilation for LiteRT: one small file that predicts without TensorFlow.

LiteRT and ONNX Runtime were measured side by side on two CPU cores. They are equal on networks of
25 to 50 million multiply-adds (0.7 ms per face); ONNX Runtime is faster by 10 to 18 % on one of 98
million. But LiteRT needs two thirds of the memory, and Keras exports to it without further
packages.
"""

import re
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np

from ..environment import BackendError
from ..errors import EmotionError
from ..litert import silent_stderr


class CompileError(EmotionError, RuntimeError):
    """Error of a model that LiteRT cannot compute."""


def compile_model(
    model: keras.Model, path: Path, weights: Literal["float", "int8"] = "float"
) -> Path:
    """Write a model as a ``.tflite`` file.

    Args:
        model: of standard layers.
        path: file to write, ending in ``.tflite``.
        weights: "float" or "int8". "float" keeps every weight as it is: in 16 bits if that changes
            none of them (see :func:`.conversion.rounded`), else in 32. "int8" has one scale per
            output channel. The products are then of integers, and each image's activations are
            rounded by their own range: a quarter to half of the bytes, several times the speed
            where the processor multiplies bytes (AVX-512 VNNI, ARM dot product), and probabilities
            that move by a few hundredths.

    Returns:
        The path.

    Raises:
        BackendError: the backend is not TensorFlow, the only one that converts.
        CompileError: the model has an operation that LiteRT lacks.
        OSError: the file cannot be written.

    Example:
        >>> compile_model(model, Path("model.tflite"))  # doctest: +SKIP
    """
    if keras.backend.backend() != "tensorflow":
        raise BackendError(
            "Expected the backend tensorflow, which LiteRT's converter needs. "
            f"Received: {keras.backend.backend()}. Set KERAS_BACKEND=tensorflow for this command; "
            "a model trained on any backend can be compiled."
        )
    import tensorflow as tf

    path = Path(path)
    # Without TensorFlow's own operations, which Keras allows, but LiteRT alone cannot run.
    target: dict[str, Any] = {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]}
    options: dict[str, Any] = {"target_spec": target}
    if weights == "int8" or _fit_16_bits(model):
        options["optimizations"] = [tf.lite.Optimize.DEFAULT]
        if weights == "float":
            target["supported_types"] = [tf.float16]
    try:
        with silent_stderr():  # the converter logs dozens of lines
            model.export(path, format="litert", verbose=False, **options)
    except OSError:  # of the file, which another model would not help
        raise
    except Exception as error:  # the converter raises many types
        raise CompileError(
            "Expected a model of operations that LiteRT has. "
            f"Received: {_reason(error)}. Run it by Keras, or replace these layers."
        ) from error
    return path


def _fit_16_bits(model: keras.Model) -> bool:
    """Return whether no weight changes if it is stored as float16."""
    for weights in model.get_weights():
        with np.errstate(over="ignore"):
            halves = np.asarray(weights, np.float16)
        if not np.array_equal(halves.astype(np.float32), weights):
            return False
    return True


def _reason(error: Exception) -> str:
    """Return the operations that a converter's error names, or its first line."""
    operations = sorted(set(re.findall(r"'tf\.(\w+)' op", str(error))))
    if operations:
        return f"one with {', '.join(operations)}"
    return f"{type(error).__name__} ({(str(error).splitlines() or [''])[0][:200]})"
