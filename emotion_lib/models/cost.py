"""The work of a network."""

import keras
import numpy as np

from .keras_internals import flat_layers


def multiply_adds(model: keras.Model) -> int:
    """Multiplications and additions (one of each counts one) of a picture's way through convolutions and dense layers,
    which are nearly all of a network's work."""
    total = 0
    for layer in flat_layers(model):
        if isinstance(layer, keras.layers.Dense):
            total += int(np.prod(layer.kernel.shape))
        elif isinstance(layer, keras.layers.DepthwiseConv2D | keras.layers.Conv2D):
            kernel = layer.kernel if hasattr(layer, "kernel") else layer.depthwise_kernel
            total += int(np.prod(kernel.shape)) * layer.output.shape[1] * layer.output.shape[2]
    return int(total)
