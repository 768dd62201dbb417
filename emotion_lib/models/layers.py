"""Local response normalisation, which Keras lacks."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("emotion_lib")
class LocalResponseNormalization(keras.layers.Layer):
    """Each activation divided by ``(bias + alpha * sum)^beta``, where the sum is that of the squares of its neighbours in
    ``size`` adjacent channels (Krizhevsky et al., NIPS 2012, section 3.3, whose values are the defaults).

    Input and output: ``(batch, height, width, channels)``.
    """

    def __init__(
        self, size: int = 5, bias: float = 2.0, alpha: float = 1e-4, beta: float = 0.75, **kwargs
    ):
        if size < 1 or size % 2 == 0:
            raise ValueError(f"Expected an odd size of at least 1. Received: {size}.")
        super().__init__(**kwargs)
        self.options = {"size": size, "bias": bias, "alpha": alpha, "beta": beta}

    def get_config(self):
        """The arguments, for saving."""
        return {**super().get_config(), **self.options}

    def compute_output_shape(self, input_shape):
        """The input's shape."""
        return input_shape

    def build(self, input_shape):
        """Remember the shape, which :meth:`portable` needs."""
        self._shape = tuple(input_shape[1:])
        self.built = True

    def portable(self) -> keras.layers.Layer:
        """The same as a model of Keras's own operations."""
        inputs = keras.Input(self._shape)
        return keras.Model(inputs, self.call(inputs), name=self.name)

    def call(self, x):
        """Normalise."""
        o = self.options
        reach, channels = o["size"] // 2, x.shape[-1]
        # Neighbours summed by a product with a band of ones: of all ways to do it, the one that a CPU is fast at.
        offset = np.arange(channels)[:, None] - np.arange(channels)
        band = (np.abs(offset) <= reach).astype("float32")
        # bfloat16 has 8 bits: added to a bias of 2, sums below 78 would vanish. In float32 a step takes no longer.
        precise = ops.cast(x, "float32")
        scale = o["bias"] + o["alpha"] * ops.matmul(ops.square(precise), band)
        return ops.cast(precise * ops.exp(-o["beta"] * ops.log(scale)), x.dtype)
