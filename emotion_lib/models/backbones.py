"""The backbone of a model: freeze and unfreeze it by stages, cut a model at its features, replace its head."""

import math
from collections.abc import Sequence

import keras
import numpy as np
from keras import layers

from .conversion import with_fast_normalization


def unfreeze(model: keras.Model, stages: int | None = None) -> int:
    """Make the last ``stages`` stages of the backbone trainable (None: all of it); compile the model again afterwards.

    A stage is what lies between two reductions of the picture. Normalisation within the frozen part keeps its statistics.

    Returns:
        How many stages the backbone has.
    """
    backbone = model.get_layer("backbone")
    groups, smallest = [[]], math.inf
    for layer in backbone.layers:
        size = layer.output.shape[1]
        reduces = max(np.ravel(getattr(layer, "strides", 1))) > 1 and size < smallest
        smallest = size if reduces else smallest
        pools = reduces and not layer.weights
        if reduces and not pools:
            groups.append([])
        groups[-1].append(layer)
        if pools:  # ends its stage; a strided convolution begins one
            groups.append([])
    groups = [group for group in groups if any(layer.weights for layer in group)]
    backbone.trainable = True
    frozen = 0 if stages is None else max(0, len(groups) - stages)
    for index, group in enumerate(groups):
        for layer in group:
            layer.trainable = index >= frozen
    return len(groups)


def split_at_features(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """The model as two that share its layers: raw pixels -> features, features -> probabilities.

    What the first gives for a frozen backbone without augmentation never changes, so it can be kept, and the second be
    trained on it. Training the second trains the model's head.
    """
    features = model.get_layer("features").output
    inputs = x = keras.Input(features.shape[1:], name="cached_features")
    names = [layer.name for layer in model.layers]
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
    """A trained model with its last layer replaced, everything before it frozen.

    Args:
        model: raw pixels 0..255 -> probabilities; its last layer is dense.
        old_names: what its outputs mean.
        new_names: what the new ones shall mean. A class of both keeps its weights; the others start at zero, which asks
            nothing of the features yet.
        dropout: share of the features dropped before the head.
        augmentation: a layer that changes raw pixels in training only, or None.

    Returns:
        An uncompiled model with a "backbone", as the builders of this module make.

    Raises:
        ValueError: the last layer is not dense, or has no bias.
    """
    last = model.layers[-1]
    if not isinstance(last, layers.Dense) or not last.use_bias:
        raise ValueError(
            "Expected a model whose last layer is dense, with a bias. "
            f"Received: {type(last).__name__} {last.name!r}. Start from the model it was made of."
        )
    cut = keras.Model(model.inputs[0], last.input)
    backbone = with_fast_normalization(cut)
    backbone.name = "backbone"
    backbone.trainable = False
    inputs = keras.Input(model.input_shape[1:], name="pixels")
    x = augmentation(inputs) if augmentation is not None else inputs
    x = layers.Identity(name="features")(backbone(x))
    x = layers.Dropout(dropout)(x)
    head = layers.Dense(len(new_names), activation="softmax", dtype="float32", name="probabilities")
    outputs = head(x)
    kernel, bias = (np.array(w) for w in last.get_weights())
    new_kernel, new_bias = (
        np.zeros((kernel.shape[0], len(new_names)), np.float32),
        np.zeros(len(new_names), np.float32),
    )
    for index, name in enumerate(new_names):
        if name in old_names:
            new_kernel[:, index] = kernel[:, list(old_names).index(name)]
            new_bias[index] = bias[list(old_names).index(name)]
    head.set_weights([new_kernel, new_bias])
    return keras.Model(inputs, outputs)
