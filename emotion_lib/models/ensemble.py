"""An ensemble of networks as one model."""

from collections.abc import Sequence

import keras


def ensemble(models: Sequence[keras.Model], flip: bool = True) -> keras.Model:
    """Return one model with the mean of several networks' probabilities.

    Args:
        models: the members, with the same input and the same classes.
        flip: whether each member also sees the mirror image.

    Returns:
        An uncompiled model of standard layers: raw pixels -> probabilities, float32.

    Example:
        >>> members = [residual(), residual()]  # doctest: +SKIP
        >>> ensemble(members).output_shape  # doctest: +SKIP
        (None, 7)
    """
    inputs = keras.Input(models[0].input_shape[1:], name="pixels")
    views = [inputs]
    if flip:
        views.append(keras.ops.flip(inputs, axis=2))
    outputs = []
    for number, model in enumerate(models):
        member = keras.Model(model.inputs[0], model.outputs[0], name=f"member_{number}")
        for view in views:
            outputs.append(member(view))
    mean = keras.layers.Average(dtype="float32")(outputs) if len(outputs) > 1 else outputs[0]
    return keras.Model(inputs, mean, name="ensemble")
