"""Muon for convolutional networks (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024)."""

import keras
from keras import ops

from ..models.keras_internals import SelectiveMuon


@keras.saving.register_keras_serializable("emotion_lib")
class Muon(SelectiveMuon):
    """``keras.optimizers.Muon`` that takes the kernels of convolutions, which Keras's leaves to AdamW.

    A kernel ``(height, width, inputs, outputs)`` counts as the matrix ``(height * width * inputs, outputs)``: its update has
    singular values of about 1, so that no direction of the layer is left behind. All else, the last layer too, is AdamW's.
    The iteration that makes it so runs in bfloat16, as its author has it. Arguments are those of Keras's.
    """

    def uses_adamw(self, variable):
        """Return whether AdamW trains a variable: all but the kernels of convolutions."""
        return len(variable.shape) != 4

    def update_direction(self, gradient, steps: int):
        """The update of a kernel, of its own shape and dtype."""
        matrix = ops.cast(ops.reshape(gradient, (-1, gradient.shape[-1])), "bfloat16")
        return ops.cast(
            ops.reshape(self.orthogonalized(matrix, steps), gradient.shape), gradient.dtype
        )
