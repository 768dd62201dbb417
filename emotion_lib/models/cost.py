"""Computational cost of a network."""

import keras
import numpy as np

from .keras_internals import calls_in, flat_layers


def multiply_adds(model: keras.Model) -> int:
    """Return the multiply-adds of one image through a model's convolutions and dense layers.

    One multiplication with its addition counts as one. These layers are nearly all of a network's
    work. A layer or model that the graph calls twice, as for a mirror image, counts twice.

    Args:
        model: any built model for images, also one that holds other models as layers.

    Example:
        >>> inputs = keras.Input((8, 8, 3))
        >>> multiply_adds(keras.Model(inputs, keras.layers.Conv2D(4, 3, padding="same")(inputs)))
        6912
    """
    total = 0
    for layer in model.layers:
        once = multiply_adds(layer) if isinstance(layer, keras.Model) else _of_layer(layer)
        total += calls_in(model, layer) * once
    return total


def _of_layer(outer: keras.layers.Layer) -> int:
    """Return the multiply-adds of a layer and of the layers inside it."""
    total = 0
    for layer in flat_layers(outer):
        if isinstance(layer, keras.layers.Dense):
            total += np.prod(layer.kernel.shape)
        elif isinstance(layer, keras.layers.DepthwiseConv2D | keras.layers.Conv2D):
            kernel = layer.kernel if hasattr(layer, "kernel") else layer.depthwise_kernel
            _, height, width, _ = layer.output.shape
            total += np.prod(kernel.shape) * height * width
    return int(total)
