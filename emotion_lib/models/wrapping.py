"""Models of other origin, wrapped so that they take raw pixels and give this library's classes."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

import keras
import numpy as np
from keras import layers

from ..errors import ModelError
from .keras_internals import output_operation
from .normalization import standardization

# Layers from raw pixels 0..255 to a model's own scaling.
SCALINGS: dict[str, Callable[[], layers.Layer]] = {
    "none": partial(layers.Rescaling, 1.0),
    "0..1": partial(layers.Rescaling, 1 / 255),
    "-1..1": partial(layers.Rescaling, 1 / 127.5, offset=-1.0),
    "-0.5..0.5": partial(layers.Rescaling, 1 / 255, offset=-0.5),
    # Each image by itself, as tf.image.per_image_standardization does.
    "standardised": standardization,
}
Scaling = Literal["none", "0..1", "-1..1", "-0.5..0.5", "standardised"]
_GRAY_OF_RGB = np.array([0.299, 0.587, 0.114], np.float32)


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
    """Return a model that takes raw pixels and gives probabilities in a given order of classes.

    Args:
        model: takes images in its own scaling.
        input_shape: height, width, channels of the raw pixels 0..255.
        scaling: of the pixels in the model's training; nothing in the file says it.
        image_size: height and width in pixels of the model's images, if the model leaves that open.
        logits: whether the model's outputs are logits, see :func:`as_probabilities`.
        class_names: of the model's outputs, in order.
        target_names: order of the classes in the new outputs; None: as they are. Classes that are
            not among them are left out, and the rest is scaled to sum to 1.

    Returns:
        An uncompiled model: raw pixels ``(batch, *input_shape)`` -> probabilities, float32.

    Raises:
        ModelError: an unknown scaling, the size is open and not given, the model takes no images,
            or a class of the target is missing.

    Example:
        >>> inner = keras.Sequential([keras.Input((64, 64, 1)), keras.layers.Flatten()])
        >>> from_raw_pixels(inner, scaling="0..1").input_shape
        (None, 48, 48, 1)
    """
    if scaling not in SCALINGS:
        raise ModelError(f"Expected one of the scalings {list(SCALINGS)}. Received: {scaling!r}.")
    if isinstance(model.input_shape, list) or len(model.input_shape) != 4:
        raise ModelError(
            f"Expected a model that takes images. Received: {not_pictures(model.input_shape)}."
        )
    model = as_probabilities(model, logits=logits)
    if class_names is not None and len(class_names) != model.output_shape[-1]:
        raise ModelError(
            f"Expected {model.output_shape[-1]} class names, one per output. "
            f"Received: {len(class_names)}."
        )
    inputs = keras.Input(input_shape, name="pixels")
    x = _as_the_model_takes_them(inputs, model.input_shape, image_size)
    x = model(SCALINGS[scaling]()(x))
    if target_names is not None and tuple(target_names) != tuple(class_names or ()):
        x = _reordered(x, class_names or (), target_names)
    return keras.Model(inputs, x)


def as_probabilities(model: keras.Model, *, logits: bool = False) -> keras.Model:
    """Return a model that gives one probability per class, from one that nearly does.

    Args:
        model: gives probabilities, logits, or one sigmoid output.
        logits: whether its outputs are logits. Nothing in a file says so: those of a model without
            a last activation may also be distances, or values on a scale.

    Returns:
        With ``logits``, softmax is applied to the outputs. One sigmoid output ``p``, the
        probability of the second of two classes, becomes ``[1 - p, p]``; so does one logit. Any
        other model is returned as it is, also one of several sigmoids (several labels per image).

    Raises:
        ModelError: a single output that is no sigmoid, or ``logits`` of a model that ends in a
            softmax or sigmoid.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
        >>> as_probabilities(model).output_shape
        (None, 2)
    """
    activation = final_activation(model)
    if logits and activation in ("softmax", "sigmoid"):
        raise ModelError(
            "Expected a model whose outputs are logits. "
            f"Received: one that ends in a {activation}, which gives probabilities. "
            "Leave logits out."
        )
    num_outputs = model.output_shape[-1]
    if num_outputs == 1 and not logits and activation != "sigmoid":
        raise ModelError(
            "Expected a model with one output per class, or one sigmoid output. Received: a single "
            "output without a sigmoid. If it is a logit, pass logits."
        )
    if num_outputs > 1 and not logits:
        return model
    x = model.outputs[0]
    if num_outputs > 1:
        x = layers.Softmax(dtype="float32")(x)
    else:
        if logits:
            x = layers.Activation("sigmoid", dtype="float32")(x)
        x = layers.Concatenate(dtype="float32")([1.0 - x, x])
    return keras.Model(model.inputs[0], x, name=model.name)


def final_activation(model: keras.Model) -> str | None:
    """Return the name of a model's last activation, such as "softmax"; None if there is none."""
    operation = output_operation(model)
    if isinstance(operation, layers.Layer):
        name = operation.get_config().get("activation")
        if not isinstance(name, str):  # a layer of its own, such as Softmax
            name = type(operation).__name__.lower()
    else:
        name = type(operation).__name__.lower()
    return name if name in ("softmax", "sigmoid") else None


def not_pictures(shape: Sequence) -> str:
    """Return a sentence on the input of a model that takes no images, with what to do.

    Args:
        shape: the model's input shape with the batch, or a list of several.
    """
    if isinstance(shape, list):
        return (
            f"{len(shape)} inputs {shape}. Build a model of one image around it, which gives it "
            "the inputs it needs"
        )
    if len(shape) == 2:
        return (
            f"one that takes flat rows of {shape[1]} numbers. Put keras.layers.Flatten before it: "
            "keras.Sequential([keras.Input((height, width, 1)), keras.layers.Flatten(), model])"
        )
    return (
        f"one that takes {tuple(shape[1:])}. Build a model around it that takes "
        "(height, width, channels)"
    )


def _as_the_model_takes_them(pixels, model_shape: tuple, image_size: int | None):
    """Return pixels in the size and with the channels of the model's input."""
    height = model_shape[1] or image_size
    width = model_shape[2] or image_size
    if height is None:
        raise ModelError(
            "Expected image_size, because the model takes images of any size. Received: None."
        )
    x = pixels
    if (height, width) != tuple(pixels.shape[1:3]):
        # Not layers.Resizing: called without `training`, it puts the layers after it into training
        # mode (Keras 3.15).
        x = keras.ops.image.resize(x, (height, width))
    channels = (pixels.shape[3], model_shape[3])
    if channels == (1, 3):
        x = layers.Concatenate()([x, x, x])
    elif channels == (3, 1):
        x = keras.ops.sum(x * _GRAY_OF_RGB, axis=-1, keepdims=True)
    return x


def _reordered(x, source: Sequence[str], target: Sequence[str]):
    """Return probabilities of ``source`` as those of ``target``."""
    if missing := [name for name in target if name not in source]:
        raise ModelError(
            f"Expected every class of {list(target)}. Received: {list(source)}, without {missing}."
        )
    # A dense layer of zeros and ones: a permutation that every Keras can load.
    permutation = layers.Dense(
        len(target), use_bias=False, trainable=False, dtype="float32", name="reordered"
    )
    x = permutation(x)
    kernel = np.zeros((len(source), len(target)), np.float32)
    for column, name in enumerate(target):
        kernel[list(source).index(name), column] = 1
    permutation.set_weights([kernel])
    if len(source) == len(target):
        return x
    return x / keras.ops.sum(x, axis=-1, keepdims=True)
