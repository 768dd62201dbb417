"""The form in which a model leaves the lab: standard Keras layers, float32."""

import keras
import numpy as np

from .keras_internals import flat_layers
from .normalization import BatchNormalization


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


def rounded(model: keras.Model) -> keras.Model:
    """Copy a model with every weight rounded to the nearest float16, still stored and computed in float32.

    What is then stored in half the bytes is the very same model.
    """
    copy = keras.models.clone_model(model, recursive=True)
    copy.set_weights(
        [np.asarray(values, np.float16).astype(np.float32) for values in model.get_weights()]
    )
    finalize(copy)
    return copy


def with_fast_normalization(model: keras.Model) -> keras.Model:
    """Copy a model, nets of ``keras.applications`` for instance, with this module's layer for each of Keras's own.

    Args:
        model: any built model, also one that holds other models as layers.

    Returns:
        A new, uncompiled model with the same graph, names of layers, weights and precision.
    """

    def convert(layer: keras.layers.Layer) -> keras.layers.Layer:
        # Not isinstance: a subclass of Keras's layer (ours, too) has its own reasons.
        layer_class = (
            BatchNormalization if type(layer) is keras.layers.BatchNormalization else type(layer)
        )
        copy = layer_class.from_config(layer.get_config())
        if isinstance(layer, keras.layers.Layer):  # a graph may hold bare operations too
            copy.trainable = layer.trainable
        return copy

    copy = keras.models.clone_model(model, clone_function=convert, recursive=True)
    copy_weights(model, copy)
    return copy


def copy_weights(source: keras.Model, target: keras.Model) -> None:
    """Give a copy of a model the model's weights.

    ``set_weights`` alone leaves a ``keras.layers.Normalization`` computing with mean 0 and variance 1: it derives what it
    uses from its weights only when it is built or loaded.
    """
    target.set_weights(source.get_weights())
    finalize(target)


def finalize(model: keras.Model) -> None:
    """Have layers that derive something from their weights derive it anew."""
    for layer in flat_layers(model):
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
