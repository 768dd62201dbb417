"""Several networks as one model."""

import keras


def ensemble(models: list[keras.Model], flip: bool = True) -> keras.Model:
    """Several networks as one: the mean of their probabilities, and of those of the mirror image.

    Args:
        models: with the same input and the same classes.
        flip: whether each also sees the mirror image.

    Returns:
        Uncompiled, probabilities float32.
    """
    inputs = keras.Input(models[0].input_shape[1:], name="pixels")
    views = [inputs, keras.ops.flip(inputs, axis=2)] if flip else [inputs]
    members = [
        keras.Model(m.inputs[0], m.outputs[0], name=f"member_{index}")
        for index, m in enumerate(models)
    ]
    outputs = [member(view) for member in members for view in views]
    mean = keras.layers.Average(dtype="float32")(outputs) if len(outputs) > 1 else outputs[0]
    return keras.Model(inputs, mean, name="ensemble")
