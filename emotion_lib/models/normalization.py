"""Normalisation of images, and batch normalisation on oneDNN's fast path.

Keras 3 computes batch statistics with separate operations; on a CPU, in bfloat16, that costs more
than the convolutions. TensorFlow's fused kernel takes bfloat16 directly. On other backends the
layer is Keras's own.
"""

import keras
from keras import ops

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
else:
    tf = None


@keras.saving.register_keras_serializable("emotion_lib")
class BatchNormalization(keras.layers.BatchNormalization):
    """``keras.layers.BatchNormalization`` whose training step uses TensorFlow's fused kernel.

    Arguments, weights and, in float32, results are those of Keras's layer, into which
    :meth:`portable` converts it.
    """

    def call(self, inputs, training=None, mask=None):
        """Normalise over ``axis``; fused for ``(batch, height, width, channels)`` in training."""
        if not self._can_be_fused(inputs, training, mask):
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            tf.cast(inputs, self.compute_dtype),
            tf.cast(self.gamma, "float32"),
            tf.cast(self.beta, "float32"),
            epsilon=self.epsilon,
            is_training=True,
        )
        # The kernel returns the unbiased variance; Keras keeps the biased one.
        n = tf.cast(tf.size(inputs) // inputs.shape[-1], "float32")
        variance = variance * (n - 1.0) / n
        self._update(self.moving_mean, mean)
        self._update(self.moving_variance, variance)
        return outputs

    def portable(self) -> keras.layers.Layer:
        """Return Keras's own layer with the same configuration, for export."""
        return keras.layers.BatchNormalization.from_config(self.get_config())

    def _can_be_fused(self, inputs, training, mask) -> bool:
        return (
            tf is not None
            and bool(training)
            and self.trainable
            and mask is None
            and self.center
            and self.scale
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and self.synchronized is False
        )

    def _update(self, moving_average, batch_statistic) -> None:
        batch_statistic = ops.cast(batch_statistic, moving_average.dtype)
        moving_average.assign(
            moving_average * self.momentum + batch_statistic * (1.0 - self.momentum)
        )


def standardization() -> keras.layers.Layer:
    """Return a layer that brings each image to mean 0 and standard deviation 1, in float32.

    The layer takes raw pixels 0..255 ``(batch, height, width, channels)``. The epsilon of 1, small
    against them, keeps an image of a single flat colour at zero.
    """
    return keras.layers.LayerNormalization(
        axis=(1, 2, 3), epsilon=1.0, center=False, scale=False, dtype="float32"
    )
