"""A model compiled for LiteRT: one small file that answers without TensorFlow.

LiteRT and ONNX Runtime were measured side by side on two CPU cores: equal on nets of 25 to 50 million multiply-adds
(0.7 ms a face), ONNX Runtime faster by 10 to 18 % on one of 98 million; but LiteRT needs two thirds of the memory, and
Keras exports to it without further packages.
"""

from pathlib import Path

import keras


def compile_model(model: keras.Model, path: Path) -> Path:
    """Write a model as a ``.tflite`` file with weights of 16 bits.

    Args:
        model: of standard layers; its weights should be float16 values already (see :func:`.inference.rounded`), as the
            two files are then the same model.
        path: file to write, ending in ``.tflite``.

    Raises:
        RuntimeError: the backend is not TensorFlow, which alone converts.
    """
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
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
        target_spec={"supported_types": [tf.float16]},
    )
    return path
