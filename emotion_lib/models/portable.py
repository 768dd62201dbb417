"""The form in which a model leaves the lab: standard Keras layers, float32."""

import keras

from .normalization import copy_weights


def portable(model: keras.Model) -> keras.Model:
    """Copy a model so that plain Keras, without this library, can load and run it.

    Layers of this library offer their standard equivalent by a method ``portable()``; all others are kept. Mixed
    precision becomes float32, in which the weights have been stored all along.

    Args:
        model: any built model with one input and one output, also one that holds other models as layers.

    Returns:
        A new, uncompiled model with the same outputs (up to rounding, where the original computes in bfloat16).
    """

    def convert(layer: keras.layers.Layer) -> keras.layers.Layer:
        if hasattr(layer, "portable"):
            layer = layer.portable()
        # A graph may also hold operations that are no layers (keras.ops.flip), and have no dtype.
        precision = {"dtype": "float32"} if isinstance(layer, keras.layers.Layer) else {}
        return type(layer).from_config({**layer.get_config(), **precision})

    copy = keras.models.clone_model(model, clone_function=convert, recursive=True)
    copy_weights(model, copy)
    # A new model around the same graph: the clone has inherited optimizer and loss, which would triple the file.
    return keras.Model(copy.inputs[0], copy.outputs[0], name=model.name)
