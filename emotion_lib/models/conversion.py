"""Copies of models: of standard layers for export, with rounded weights, with fast layers."""

from collections.abc import Callable

import keras
import numpy as np

from .keras_internals import flat_layers, inlined
from .normalization import BatchNormalization


def portable(model: keras.Model) -> keras.Model:
    """Copy a model so that plain Keras, without this library, can load and run it.

    Layers of this library offer their standard equivalent by a method ``portable()``; all others
    are kept. Mixed precision becomes float32, in which the weights are stored anyway.

    Args:
        model: any built model with one input and one output, also one that holds other models as
            layers.

    Returns:
        A new, uncompiled model with the same outputs (up to rounding, if the original computes in
        bfloat16).

    Example:
        >>> from emotion_lib.models.sequential_cnn import sequential_cnn
        >>> portable(sequential_cnn()).save("model.keras")  # doctest: +SKIP
    """

    def standard_layer(layer: keras.layers.Layer) -> keras.layers.Layer:
        if hasattr(layer, "portable"):
            layer = layer.portable()
        config = layer.get_config()
        if isinstance(layer, keras.layers.Layer):
            # A graph may also hold operations that are not layers (keras.ops.flip); they have no
            # dtype.
            config["dtype"] = "float32"
        return type(layer).from_config(config)

    copy = _copy(model, standard_layer)
    # A new model around the same graph: the clone has inherited optimizer and loss, which would
    # triple the size of the file.
    return keras.Model(copy.inputs[0], copy.outputs[0], name=model.name)


def flat(model: keras.Model) -> keras.Model:
    """Copy a model as one graph of standard layers, without models inside it.

    Args:
        model: any built model with one input and one output, also one that holds other models as
            layers.

    Returns:
        A new, uncompiled model with the same outputs, whose ``layers`` are in the order of the
        graph. Layers keep their names; of two with the same name the later one gets a number.

    Example:
        >>> from emotion_lib.models.sequential_cnn import sequential_cnn
        >>> flat(keras.Sequential([keras.Input((48, 48, 1)), sequential_cnn()])).layers[-1].name
        'probabilities'
    """
    copy = inlined(portable(model))
    finalize(copy)
    return copy


def rounded(model: keras.Model) -> keras.Model:
    """Copy a model with every weight rounded to the nearest float16, stored in float32.

    Stored in half the bytes, it is then exactly the same model.

    Args:
        model: any built model.
    """
    copy = keras.models.clone_model(model, recursive=True)
    weights = [np.asarray(values, np.float16).astype(np.float32) for values in model.get_weights()]
    copy.set_weights(weights)
    finalize(copy)
    return copy


def with_fast_normalization(model: keras.Model) -> keras.Model:
    """Copy a model with :class:`.normalization.BatchNormalization` in place of Keras's own layer.

    Args:
        model: any built model, such as one of ``keras.applications``; it may hold other models as
            layers.

    Returns:
        A new, uncompiled model with the same graph, layer names, weights and precision.
    """

    def fast_layer(layer: keras.layers.Layer) -> keras.layers.Layer:
        layer_class = type(layer)
        # Not isinstance: a subclass of Keras's layer (as ours is) computes in its own way.
        if layer_class is keras.layers.BatchNormalization:
            layer_class = BatchNormalization
        copy = layer_class.from_config(layer.get_config())
        if isinstance(layer, keras.layers.Layer):  # a graph may also hold bare operations
            copy.trainable = layer.trainable
        return copy

    return _copy(model, fast_layer)


def copy_weights(source: keras.Model, target: keras.Model) -> None:
    """Give the weights of a model to its copy.

    ``set_weights`` alone leaves a ``keras.layers.Normalization`` computing with mean 0 and variance
    1, because it derives what it uses from its weights only when it is built or loaded.

    Args:
        source: the model.
        target: the copy, with the same weights in the same order.
    """
    target.set_weights(source.get_weights())
    finalize(target)


def finalize(model: keras.Model) -> None:
    """Let layers that derive values from their weights compute them again."""
    for layer in flat_layers(model):
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()


def _copy(
    model: keras.Model, convert: Callable[[keras.layers.Layer], keras.layers.Layer]
) -> keras.Model:
    """Return a copy of a model, with its weights, whose layers are made by a function."""
    copy = keras.models.clone_model(model, clone_function=convert, recursive=True)
    copy_weights(model, copy)
    return copy
