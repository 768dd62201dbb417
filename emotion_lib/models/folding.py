"""The form in which a model answers fastest: normalisation folded into the convolutions before it, weights of 16 bits."""

import keras
import numpy as np

from .conversion import finalize
from .keras_internals import flat_layers, following_operations, preceding_operations

_FOLDABLE = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)


def folded(model: keras.Model, precision: str | None = None) -> keras.Model:
    """Copy a model for inference only, with every batch normalisation that directly follows a linear convolution or
    dense layer folded into its kernel and bias (Jacob et al., "Quantization and Training ...", 2018, section 3.2).

    Args:
        model: any built model with one input and one output, also one that holds other models as layers.
        precision: a Keras policy for all layers whose own is not float32 by intent (the softmax of the builders is),
            such as "mixed_bfloat16"; None keeps each layer's.

    Returns:
        A new, uncompiled model with the same outputs: within 1e-4 in float32, about 0.02 in bfloat16. Its layers are the
        model's own, less the folded ones.
    """
    pairs = _pairs(model)
    after = {id(normalization): layer for layer, normalization in pairs}
    before = {id(layer): normalization for layer, normalization in pairs}
    weights: list[tuple[keras.layers.Layer, list[np.ndarray]]] = []
    gone: set[int] = set()

    def convert(layer: keras.layers.Layer) -> keras.layers.Layer:
        if id(layer) in after:
            identity = keras.layers.Identity(name=layer.name)
            gone.add(id(identity))
            return identity
        config = layer.get_config()
        if not isinstance(layer, keras.layers.Layer):  # a bare operation, such as keras.ops.flip
            return type(layer).from_config(config)
        if precision and layer is not model.layers[-1]:
            config["dtype"] = precision
        if id(layer) in before:
            copy = type(layer).from_config({**config, "use_bias": True})
            weights.append((copy, _fold(layer, before[id(layer)])))
        else:
            copy = type(layer).from_config(config)
            weights.append((copy, layer.get_weights()))
        return copy

    def call(layer: keras.layers.Layer, *args, **kwargs):
        return args[0] if id(layer) in gone else layer(*args, **kwargs)

    graph = keras.Model(
        model.inputs[0], model.outputs[0], name=model.name
    )  # a Sequential, too, as a graph
    copy = keras.models.clone_model(
        graph, clone_function=convert, call_function=call, recursive=True
    )
    for layer, values in weights:
        layer.set_weights(values)
    finalize(copy)
    return keras.Model(copy.inputs[0], copy.outputs[0], name=model.name)


def _pairs(model: keras.Model) -> list[tuple[keras.layers.Layer, keras.layers.Layer]]:
    """Every (linear layer, normalisation) where the normalisation is all that sees the layer's output."""
    pairs = []
    for layer in flat_layers(model):
        if not isinstance(layer, _FOLDABLE) or layer.activation is not keras.activations.linear:
            continue
        followers = following_operations(layer)
        if len(followers) != 1:
            continue
        (follower,) = followers
        if not isinstance(follower, keras.layers.BatchNormalization) or follower.axis not in (
            -1,
            layer.output.ndim - 1,
        ):
            continue
        sources = preceding_operations(follower)
        if len(sources) == 1 and sources[0] is layer:
            pairs.append((layer, follower))
    return pairs


def _fold(layer, normalization) -> list[np.ndarray]:
    """Kernel and bias that do what layer and normalisation did one after the other."""

    def values(variable, default: float) -> np.ndarray:
        return (
            np.full(len(mean), default, np.float32)
            if variable is None
            else np.asarray(variable, np.float32)
        )

    mean = np.asarray(normalization.moving_mean, np.float32)
    variance = np.asarray(normalization.moving_variance, np.float32)
    scale = values(normalization.gamma, 1.0) / np.sqrt(variance + normalization.epsilon)
    bias = values(layer.bias if layer.use_bias else None, 0.0)
    kernel = np.asarray(layer.kernel, np.float32)
    # A depthwise kernel is (height, width, channels, multiplier): its output channels are the last two together.
    kernel = kernel * (
        scale.reshape(kernel.shape[2:])
        if isinstance(layer, keras.layers.DepthwiseConv2D)
        else scale
    )
    return [kernel, values(normalization.beta, 0.0) + (bias - mean) * scale]
