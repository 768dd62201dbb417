"""Compiled models whose batch is fixed to 1, as LiteRT.js wants them."""

import numpy as np

from ...errors import EmotionError
from ...litert import CompiledModel

# Inputs on which the answers of both models are compared.
CHECKED = 8


class FixedBatchError(EmotionError, RuntimeError):
    """A model whose answers would differ with a fixed batch."""


def fixed_batch(content: bytes) -> bytes:
    """Return a compiled model with a batch of 1 instead of one of any size.

    LiteRT.js refuses an input whose size is not fixed. Only the signatures of the shapes, which
    hold -1 for the batch, are changed; the tensors have the size 1 already.

    Args:
        content: the bytes of a ``.tflite`` file.

    Raises:
        FixedBatchError: the new model answers otherwise.
    """
    from ai_edge_litert import schema_py_generated as schema

    fixed = bytearray(content)
    model = schema.Model.GetRootAs(fixed, 0)
    for number in range(model.SubgraphsLength()):
        graph = model.Subgraphs(number)
        for index in range(graph.TensorsLength()):
            tensor = graph.Tensors(index)
            if tensor.ShapeSignatureLength():
                signature = tensor.ShapeSignatureAsNumpy()  # a view of the bytes
                signature[signature < 0] = 1
    _check(content, bytes(fixed))
    return bytes(fixed)


def _check(content: bytes, fixed: bytes) -> None:
    """Compare the answers of two models."""
    before = CompiledModel(content, threads=1)
    after = CompiledModel(fixed, threads=1)
    generator = np.random.default_rng(0)
    for _ in range(CHECKED):
        batch = generator.integers(0, 256, (1, *before.input_shape), dtype=np.uint8)
        (expected,) = before(batch)
        (received,) = after(batch)
        if not np.array_equal(expected, received):
            raise FixedBatchError(
                "Expected the same answers from the model with a fixed batch. "
                f"Received: {received} instead of {expected}. Export the model again."
            )
