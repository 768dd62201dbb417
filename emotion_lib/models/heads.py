"""Two outputs of one network: FER-2013's own label, and the expression that viewers perceive.

Both are last layers on the same features. They are trained together, and each is exported as a
model of its own.
"""

import keras

LABEL = "label"
PERCEIVED = "perceived"
HEADS = (LABEL, PERCEIVED)


def head(model: keras.Model, name: str) -> keras.Model:
    """Return the part of a network that computes one of its outputs.

    Args:
        model: with several outputs, such as :func:`emotion_lib.models.residual.residual` with
            ``heads``.
        name: of the last layer.

    Returns:
        An uncompiled model with one output that shares its layers with ``model``.

    Raises:
        ValueError: there is no layer of this name.

    Example:
        >>> from emotion_lib.models.residual import residual
        >>> head(residual(heads=HEADS), PERCEIVED).output_shape
        (None, 7)
    """
    return keras.Model(model.inputs[0], model.get_layer(name).output, name=model.name)
