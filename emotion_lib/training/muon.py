"""Muon for convolutional networks."""

from keras import ops, saving

from ..models.keras_internals import SelectiveMuon


@saving.register_keras_serializable("emotion_lib")
class Muon(SelectiveMuon):
    """``keras.optimizers.Muon`` for the kernels of convolutions, which Keras leaves to AdamW.

    A kernel ``(height, width, inputs, outputs)`` counts as the matrix
    ``(height * width * inputs, outputs)``. Its update has singular values of about 1, so that every
    direction of the layer is trained (Jordan et al., "Muon: an optimizer for hidden layers in
    neural networks", 2024). AdamW trains everything else, the last layer too. The iteration that
    orthogonalises the update runs in bfloat16, as its author does it.

    Arguments are those of ``keras.optimizers.Muon``.
    """

    def uses_adamw(self, variable) -> bool:
        """Return whether AdamW trains a variable: all but the kernels of convolutions."""
        return len(variable.shape) != 4

    def update_direction(self, gradient, steps: int):
        """Return the orthogonalised update of a kernel, of its shape and dtype."""
        matrix = ops.cast(ops.reshape(gradient, (-1, gradient.shape[-1])), "bfloat16")
        update = ops.reshape(self.orthogonalized(matrix, steps), gradient.shape)
        return ops.cast(update, gradient.dtype)
