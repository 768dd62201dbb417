"""Muon for convolutional networks (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024)."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("emotion_lib")
class Muon(keras.optimizers.Muon):
    """``keras.optimizers.Muon`` that takes the kernels of convolutions, which Keras's leaves to AdamW.

    A kernel ``(height, width, inputs, outputs)`` counts as the matrix ``(height * width * inputs, outputs)``: its update has
    singular values of about 1, so that no direction of the layer is left behind. All else, the last layer too, is AdamW's.
    The iteration that makes it so runs in bfloat16, as its author has it. Arguments are those of Keras's.
    """

    def _should_use_adamw(self, variable):
        return len(variable.shape) != 4

    def zeropower_via_newtonschulz5(self, x, steps: int):
        """The update of a kernel, of its own shape and dtype."""
        matrix = ops.cast(ops.reshape(x, (-1, x.shape[-1])), "bfloat16")
        return ops.cast(
            ops.reshape(super().zeropower_via_newtonschulz5(matrix, steps), x.shape), x.dtype
        )
