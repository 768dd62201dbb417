"""Models made elsewhere: old files that Keras 3 refuses, and other ideas of what pixels are."""

from collections.abc import Sequence
from functools import partial
from typing import Literal

import keras
import numpy as np
from keras import layers

from .normalization import standardization

SCALINGS = {
    "none": partial(layers.Rescaling, 1.0),  # 0..255
    "0..1": partial(layers.Rescaling, 1 / 255),
    "-1..1": partial(layers.Rescaling, 1 / 127.5, offset=-1.0),
    "-0.5..0.5": partial(layers.Rescaling, 1 / 255, offset=-0.5),
    "standardised": standardization,  # each picture by itself, as tf.image.per_image_standardization does
}
Scaling = Literal["none", "0..1", "-1..1", "-0.5..0.5", "standardised"]


def from_raw_pixels(
    model: keras.Model,
    input_shape: tuple[int, int, int] = (48, 48, 1),
    *,
    scaling: Scaling,
    image_size: int | None = None,
    logits: bool = False,
    class_names: Sequence[str] | None = None,
    target_names: Sequence[str] | None = None,
) -> keras.Model:
    """Put around a model what it expects done to pictures and labels, so that it is as every model here.

    Args:
        model: takes pictures in its own scaling.
        input_shape: height, width, channels of the raw pixels 0..255 to take.
        scaling: what the model's author trained it on; nothing in the file says it.
        image_size: side of the pictures it takes, px, if the model itself leaves that open.
        logits: its outputs are not probabilities yet.
        class_names, target_names: what its outputs mean, and in which order to give them; None leaves them as they are.
            Classes beyond the target's are left out, and the rest scaled to sum to 1.

    Returns:
        An uncompiled model: raw pixels ``(batch, *input_shape)`` -> probabilities, float32.

    Raises:
        ValueError: an unknown scaling, the size is open and not given, or a class of the target is missing.
    """
    if scaling not in SCALINGS:
        raise ValueError(f"Expected one of the scalings {list(SCALINGS)}. Received: {scaling!r}.")
    if isinstance(model.input_shape, list) or len(model.input_shape) != 4:
        raise ValueError(
            f"Expected a model that takes pictures. Received: {not_pictures(model.input_shape)}."
        )
    height, width, channels = model.input_shape[1:]
    height, width = height or image_size, width or image_size
    if height is None:
        raise ValueError(
            "Expected image_size, because the model takes pictures of any size. Received: None."
        )
    inputs = x = keras.Input(input_shape, name="pixels")
    if (height, width) != tuple(input_shape[:2]):
        # Not layers.Resizing: called without `training`, it puts what follows into training mode (Keras 3.15).
        x = keras.ops.image.resize(x, (height, width))
    if (input_shape[2], channels) == (1, 3):
        x = layers.Concatenate()([x, x, x])
    elif (input_shape[2], channels) == (3, 1):
        x = keras.ops.sum(x * np.array([0.299, 0.587, 0.114], np.float32), axis=-1, keepdims=True)
    x = model(SCALINGS[scaling]()(x))
    if logits:
        x = layers.Softmax()(x)
    if class_names is not None and len(class_names) != model.output_shape[-1]:
        raise ValueError(
            f"Expected {model.output_shape[-1]} class names, one an output. Received: {len(class_names)}."
        )
    if target_names is not None and tuple(target_names) != tuple(class_names or ()):
        x = _reordered(x, class_names, target_names)
    return keras.Model(inputs, x)


def not_pictures(shape: Sequence) -> str:
    """Return what a model takes instead of pictures, and how to make it take them.

    Args:
        shape: its input shape with the batch, or a list of several.
    """
    if isinstance(shape, list):
        return f"{len(shape)} inputs {shape}. Build a model of one picture around it, which gives it what it needs"
    if len(shape) == 2:
        return (
            f"one that takes flat rows of {shape[1]} numbers. Put keras.layers.Flatten before it: "
            "keras.Sequential([keras.Input((height, width, 1)), keras.layers.Flatten(), model])"
        )
    return f"one that takes {tuple(shape[1:])}. Build a model around it that takes (height, width, channels)"


def _reordered(x, source: Sequence[str], target: Sequence[str]):
    source = source or ()
    if missing := [name for name in target if name not in source]:
        raise ValueError(
            f"Expected every class of {list(target)}. Received: {list(source)}, without {missing}."
        )
    # A dense layer of zeros and ones: a permutation that any Keras can load.
    permutation = layers.Dense(
        len(target), use_bias=False, trainable=False, dtype="float32", name="reordered"
    )
    x = permutation(x)
    permutation.set_weights(
        [np.array([[float(s == t) for t in target] for s in source], np.float32)]
    )
    return x if len(source) == len(target) else x / keras.ops.sum(x, axis=-1, keepdims=True)
