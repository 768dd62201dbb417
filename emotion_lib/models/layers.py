"""Local response normalisation, a layer of AlexNet that Keras lacks."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("emotion_lib")
class LocalResponseNormalization(keras.layers.Layer):
    """Division of each activation by a norm over neighbouring channels.

    The divisor is ``(bias + alpha * sum)^beta``, with the sum of the squares of the ``size``
    adjacent channels (Krizhevsky et al., NIPS 2012, section 3.3, whose values are the defaults).

    Input and output: ``(batch, height, width, channels)``, of the layer's compute dtype.

    Args:
        size: odd number of adjacent channels, the activation's own included.
        bias: constant that is added to the sum.
        alpha: factor of the sum.
        beta: exponent.

    Raises:
        ValueError: ``size`` is even or below 1.
    """

    def __init__(
        self, size: int = 5, bias: float = 2.0, alpha: float = 1e-4, beta: float = 0.75, **kwargs
    ):
        if size < 1 or size % 2 == 0:
            raise ValueError(f"Expected an odd size of at least 1. Received: {size}.")
        super().__init__(**kwargs)
        self.options = {"size": size, "bias": bias, "alpha": alpha, "beta": beta}

    def get_config(self) -> dict:
        """Return the arguments, for saving."""
        return {**super().get_config(), **self.options}

    def compute_output_shape(self, input_shape):
        """Return the input's shape."""
        return input_shape

    def build(self, input_shape):
        """Keep the shape, which :meth:`portable` needs."""
        self._shape = tuple(input_shape[1:])
        self.built = True

    def portable(self) -> keras.Model:
        """Return the same function as a model of Keras's own operations."""
        inputs = keras.Input(self._shape)
        return keras.Model(inputs, self.call(inputs), name=self.name)

    def call(self, x):
        """Return the normalised activations."""
        options = self.options
        reach = options["size"] // 2
        channels = x.shape[-1]
        # Neighbours are summed by a product with a band of ones, which is the fastest on a CPU.
        offset = np.arange(channels)[:, None] - np.arange(channels)
        band = (np.abs(offset) <= reach).astype("float32")
        # bfloat16 has 8 bits: added to a bias of 2, sums below 78 would vanish. A step in float32
        # takes no longer.
        precise = ops.cast(x, "float32")
        scale = options["bias"] + options["alpha"] * ops.matmul(ops.square(precise), band)
        return ops.cast(precise * ops.exp(-options["beta"] * ops.log(scale)), x.dtype)
