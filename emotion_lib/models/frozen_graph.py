"""Frozen TensorFlow graphs: files of one graph with constant weights, as TensorFlow 1 saved them.

Belongs to TensorFlow alone: neither Keras nor another backend reads these files.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from .weights import WeightsError


def load_frozen_graph(
    path: Path, input_name: str = "input:0", output_name: str = "embeddings:0"
) -> Callable[[np.ndarray], np.ndarray]:
    """Load a frozen graph as a function of one array.

    A graph that was folded for a batch of one is changed to take batches of any size.

    Args:
        path: ``.pb`` file.
        input_name: tensor of the graph that receives the array ``(n, ...)``.
        output_name: tensor that is returned, ``(n, ...)``.

    Returns:
        A function from array to array.

    Raises:
        WeightsError: TensorFlow is not installed.
        ValueError: the file is not a frozen graph with these tensors.
    """
    try:
        import tensorflow as tf
    except ImportError as error:
        raise WeightsError(
            "Expected TensorFlow, which alone reads a frozen graph. Received: it is not "
            "installed. Install the package tensorflow, or name a whole Keras model (.keras, .h5)."
        ) from error
    from google.protobuf.message import DecodeError

    graph = tf.compat.v1.GraphDef()
    try:
        graph.ParseFromString(path.read_bytes())
        _allow_any_batch_size(graph, tf)
        imported = tf.compat.v1.wrap_function(
            lambda: tf.compat.v1.import_graph_def(graph, name=""), []
        )
        function = imported.prune(input_name, output_name)
    except (DecodeError, KeyError) as error:
        raise ValueError(str(error)) from error
    return lambda array: function(tf.constant(array)).numpy()


def _allow_any_batch_size(graph, tf) -> None:
    """Let the reshapes of a graph that was folded for a batch of one take any batch size."""
    nodes = {node.name: node for node in graph.node}

    def constant(name: str) -> np.ndarray | None:
        node = nodes.get(name)
        if node is None or node.op != "Const":
            return None
        return tf.make_ndarray(node.attr["value"].tensor)

    for node in graph.node:
        if node.op != "Reshape":
            continue
        shape = constant(node.input[1])
        if shape is None or shape[0] != 1:
            continue
        rest = shape[1:]
        if -1 in rest:
            # Flattened for a matrix product: as wide as the product's weights are high.
            products = [
                other
                for other in graph.node
                if other.op == "MatMul" and other.input[0] == node.name
            ]
            (product,) = products
            rest = np.array(constant(product.input[1]).shape[:1])
        new_shape = np.array([-1, *rest], shape.dtype)
        nodes[node.input[1]].attr["value"].tensor.CopyFrom(tf.make_tensor_proto(new_shape))
