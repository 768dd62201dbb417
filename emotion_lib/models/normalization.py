"""Normalisation of pictures, and batch normalisation that stays on oneDNN's fast path.

Keras 3 computes the batch statistics with separate operations; on a CPU, in bfloat16, that costs more than the
convolutions. TensorFlow's fused kernel takes bfloat16 directly. Everywhere else this layer is Keras's own.
"""

import keras
from keras import ops

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
else:
    tf = None


@keras.saving.register_keras_serializable("emotion_lib")
class BatchNormalization(keras.layers.BatchNormalization):
    """``keras.layers.BatchNormalization`` whose training step uses TensorFlow's fused kernel where there is one.

    Same arguments, weights and, in float32, results as Keras's layer; :meth:`portable` gives that layer.
    """

    def call(self, inputs, training=None, mask=None):
        """As Keras's layer: ``(batch, height, width, channels)`` or any other shape, normalised over ``axis``."""
        fused = (
            tf is not None and training and self.trainable and mask is None and self.center and self.scale
            and len(inputs.shape) == 4 and self.axis in (-1, 3) and self.synchronized is False
        )  # fmt: skip
        if not fused:
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
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(
                moving * self.momentum + ops.cast(batch, moving.dtype) * (1.0 - self.momentum)
            )
        return outputs

    def portable(self) -> keras.layers.Layer:
        """Keras's own layer with the same configuration, for export."""
        return keras.layers.BatchNormalization.from_config(self.get_config())


def standardization() -> keras.layers.Layer:
    """A layer that brings each picture ``(height, width, channels)`` of raw pixels to mean 0 and deviation 1, by itself, in
    float32. The epsilon, of pixels 0..255, keeps one of a single flat colour at zero."""
    return keras.layers.LayerNormalization(
        axis=(1, 2, 3), epsilon=1.0, center=False, scale=False, dtype="float32"
    )
