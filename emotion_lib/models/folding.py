"""Batch normalisation folded into the layer before it, for faster inference."""

import keras
import numpy as np

from .conversion import finalize
from .keras_internals import flat_layers, following_operations, preceding_operations

_LINEAR_LAYERS = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)


def folded(model: keras.Model, precision: str | None = None) -> keras.Model:
    """Copy a model for inference with its batch normalisation folded into kernels and biases.

    Every batch normalisation that directly follows a linear convolution or dense layer is folded
    (Jacob et al., "Quantization and Training of Neural Networks", CVPR 2018, section 3.2).

    Args:
        model: any built model with one input and one output, also one that holds other models as
            layers.
        precision: Keras policy for all layers but the last, such as "mixed_bfloat16"; None keeps
            the policy of each layer. The last layer stays in float32 in the models of this library.

    Returns:
        A new, uncompiled model with the same outputs: within 1e-4 in float32, about 0.02 in
        bfloat16. Its layers are those of the model without the folded ones.
    """
    normalization_after = {}
    folded_normalizations = set()
    for layer, normalization in _foldable_pairs(model):
        normalization_after[id(layer)] = normalization
        folded_normalizations.add(id(normalization))
    weights: list[tuple[keras.layers.Layer, list[np.ndarray]]] = []
    identities: set[int] = set()

    def convert(layer: keras.layers.Layer) -> keras.layers.Layer:
        if id(layer) in folded_normalizations:
            identity = keras.layers.Identity(name=layer.name)
            identities.add(id(identity))
            return identity
        config = layer.get_config()
        if not isinstance(layer, keras.layers.Layer):  # a bare operation, such as keras.ops.flip
            return type(layer).from_config(config)
        if precision and layer is not model.layers[-1]:
            config["dtype"] = precision
        if id(layer) in normalization_after:
            copy = type(layer).from_config({**config, "use_bias": True})
            weights.append((copy, _folded_weights(layer, normalization_after[id(layer)])))
        else:
            copy = type(layer).from_config(config)
            weights.append((copy, layer.get_weights()))
        return copy

    def call(layer: keras.layers.Layer, *args, **kwargs):
        return args[0] if id(layer) in identities else layer(*args, **kwargs)

    # A Sequential becomes a graph too, from which layers can be left out.
    graph = keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    copy = keras.models.clone_model(
        graph, clone_function=convert, call_function=call, recursive=True
    )
    for layer, values in weights:
        layer.set_weights(values)
    finalize(copy)
    return keras.Model(copy.inputs[0], copy.outputs[0], name=model.name)


def _foldable_pairs(
    model: keras.Model,
) -> list[tuple[keras.layers.Layer, keras.layers.BatchNormalization]]:
    """Return each linear layer whose output goes to a batch normalisation alone, with it."""
    pairs = []
    for layer in flat_layers(model):
        if not isinstance(layer, _LINEAR_LAYERS):
            continue
        if layer.activation is not keras.activations.linear:
            continue
        followers = following_operations(layer)
        if len(followers) != 1:
            continue
        (follower,) = followers
        if not isinstance(follower, keras.layers.BatchNormalization):
            continue
        normalizes_channels = follower.axis in (-1, layer.output.ndim - 1)
        sources = preceding_operations(follower)
        if normalizes_channels and len(sources) == 1 and sources[0] is layer:
            pairs.append((layer, follower))
    return pairs


def _folded_weights(
    layer: keras.layers.Layer, normalization: keras.layers.BatchNormalization
) -> list[np.ndarray]:
    """Return the kernel and bias of one layer that computes as layer and normalisation do."""
    mean = np.asarray(normalization.moving_mean, np.float32)
    variance = np.asarray(normalization.moving_variance, np.float32)
    gamma = np.ones(len(mean), np.float32)
    if normalization.gamma is not None:
        gamma = np.asarray(normalization.gamma, np.float32)
    beta = np.zeros(len(mean), np.float32)
    if normalization.beta is not None:
        beta = np.asarray(normalization.beta, np.float32)
    bias = np.zeros(len(mean), np.float32)
    if layer.use_bias:
        bias = np.asarray(layer.bias, np.float32)
    scale = gamma / np.sqrt(variance + normalization.epsilon)
    kernel = np.asarray(layer.kernel, np.float32)
    kernel_scale = scale
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        # The kernel is (height, width, channels, multiplier): its output channels are the last
        # two axes together.
        kernel_scale = scale.reshape(kernel.shape[2:])
    return [kernel * kernel_scale, beta + (bias - mean) * scale]
