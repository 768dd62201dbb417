"""Work on a model's backbone: unfreezing by stages, a cut at the features, a new head.

A backbone is a model within the model, named "backbone", as :mod:`.pretrained` builds it.
"""

import math
from collections.abc import Sequence

import keras
import numpy as np
from keras import layers

from .conversion import with_fast_normalization


def unfreeze(model: keras.Model, stages: int | None = None) -> int:
    """Make the last stages of the backbone trainable; compile the model again afterwards.

    A stage lies between two reductions of height and width. Batch normalisation in the frozen part
    keeps its statistics.

    Args:
        model: with a layer "backbone".
        stages: number of stages to unfreeze; None: all.

    Returns:
        The number of stages that the backbone has.

    Example:
        >>> from emotion_lib.models.pretrained import vgg16
        >>> unfreeze(vgg16(weights=None), stages=1)
        5
    """
    backbone = model.get_layer("backbone")
    all_stages = _stages(backbone)
    backbone.trainable = True
    frozen = 0 if stages is None else max(0, len(all_stages) - stages)
    for index, stage in enumerate(all_stages):
        for layer in stage:
            layer.trainable = index >= frozen
    return len(all_stages)


def split_at_features(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Return two models that share the model's layers: pixels -> features -> probabilities.

    The features of a frozen backbone without augmentation never change, so they can be cached and
    the second model trained on them. Training it trains the head of the model.

    Args:
        model: with a layer "features" between backbone and head.

    Returns:
        Raw pixels ``(batch, height, width, channels)`` -> features ``(batch, n_features)``, and
        features -> probabilities ``(batch, num_classes)``.
    """
    features = model.get_layer("features").output
    inputs = keras.Input(features.shape[1:], name="cached_features")
    names = [layer.name for layer in model.layers]
    x = inputs
    for layer in model.layers[names.index("features") + 1 :]:
        x = layer(x)
    return keras.Model(model.inputs[0], features), keras.Model(inputs, x)


def with_new_head(
    model: keras.Model,
    old_names: Sequence[str],
    new_names: Sequence[str],
    *,
    dropout: float = 0.3,
    augmentation: keras.layers.Layer | None = None,
) -> keras.Model:
    """Return a trained model with a new last layer and everything before it frozen.

    Args:
        model: raw pixels 0..255 -> probabilities; its last layer is dense.
        old_names: class names of the model's outputs, in order.
        new_names: class names of the new outputs. A class in both keeps its weights; the others
            start at zero, which favours no feature.
        dropout: share of the features dropped before the head.
        augmentation: layer that changes raw pixels in training only, or None.

    Returns:
        An uncompiled model with a "backbone", as the builders of :mod:`.pretrained` make it.

    Raises:
        ValueError: the last layer is not dense, or has no bias.
    """
    last = model.layers[-1]
    if not isinstance(last, layers.Dense) or not last.use_bias:
        raise ValueError(
            "Expected a model whose last layer is dense, with a bias. "
            f"Received: {type(last).__name__} {last.name!r}. Start from the model it was made of."
        )
    backbone = with_fast_normalization(keras.Model(model.inputs[0], last.input))
    backbone.name = "backbone"
    backbone.trainable = False
    inputs = keras.Input(model.input_shape[1:], name="pixels")
    x = inputs if augmentation is None else augmentation(inputs)
    x = layers.Identity(name="features")(backbone(x))
    x = layers.Dropout(dropout)(x)
    head = layers.Dense(len(new_names), activation="softmax", dtype="float32", name="probabilities")
    outputs = head(x)
    head.set_weights(_weights_of_new_head(last, list(old_names), new_names))
    return keras.Model(inputs, outputs)


def _stages(backbone: keras.Model) -> list[list[keras.layers.Layer]]:
    """Return the layers of each stage that has weights.

    A strided convolution begins a stage; a pooling layer, which has no weights, ends one.
    """
    stages: list[list[keras.layers.Layer]] = [[]]
    smallest = math.inf
    for layer in backbone.layers:
        size = layer.output.shape[1]
        reduces = np.max(getattr(layer, "strides", 1)) > 1 and size < smallest
        if reduces:
            smallest = size
        if reduces and layer.weights:
            stages.append([])
        stages[-1].append(layer)
        if reduces and not layer.weights:
            stages.append([])
    return [stage for stage in stages if any(layer.weights for layer in stage)]


def _weights_of_new_head(
    old_head: layers.Dense, old_names: list[str], new_names: Sequence[str]
) -> list[np.ndarray]:
    """Return kernel and bias of the new head; zero for classes that the old head does not have."""
    old_kernel, old_bias = old_head.get_weights()
    kernel = np.zeros((old_kernel.shape[0], len(new_names)), np.float32)
    bias = np.zeros(len(new_names), np.float32)
    for index, name in enumerate(new_names):
        if name in old_names:
            kernel[:, index] = old_kernel[:, old_names.index(name)]
            bias[index] = old_bias[old_names.index(name)]
    return [kernel, bias]
