"""Models made elsewhere: old files that Keras 3 refuses, and other ideas of what pixels are."""

import inspect
import json
import os
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


class ForeignModelError(ValueError):
    """A model file of another origin that cannot be used; the message says why."""


def load_hdf5(path: str | os.PathLike) -> tuple[keras.Model, bool]:
    """Load an ``.h5`` or ``.hdf5`` model, rebuilding it from its own description where Keras 3 refuses it or gets it wrong.

    Keras 2 wrote arguments that Keras 3 no longer knows (``groups`` of a separable convolution, ``batch_input_shape``).
    And from these files Keras 3 (3.15) reads an ``axis`` of several numbers, such as that of a normalisation over height
    and width, as the default one, without a word. Rebuilding leaves the former out and keeps the latter, and takes the
    weights in the order of the layers.

    Returns:
        The model, uncompiled, and whether it had to be rebuilt.

    Raises:
        ForeignModelError: no such file, no model in it (weights alone, say), or layers that are not Keras's own.
    """
    description = _description(path)
    refusal = "it would forget some of the axes of a layer" if _has_several_axes(description) else None
    if refusal is None:
        try:
            return _plain(keras.models.load_model(path, compile=False)), False
        except ForeignModelError:
            raise
        except Exception as error:  # Keras raises many types
            refusal = _first_line(error)
    try:
        model = _rebuild(description)
        model.load_weights(path)
    except Exception as error:
        raise ForeignModelError(
            f"Expected layers of Keras in {path}. Received: a model that Keras 3 refuses ({refusal}) and that could not be "
            f"rebuilt ({_first_line(error)})."
        ) from error
    return _plain(model), True


def _description(path: str | os.PathLike) -> dict:
    import h5py

    try:
        with h5py.File(path) as file:
            description = file.attrs.get("model_config")
    except OSError as error:
        raise ForeignModelError(f"Expected a Keras model at {path}. Received: {error}.") from error
    if description is None:
        raise ForeignModelError(
            f"Expected a whole model in {path}. Received: weights alone. Build the network, then call load_weights."
        )
    return json.loads(description)


def _has_several_axes(part) -> bool:
    """Whether anything in a description is done along more than one axis."""
    if isinstance(part, dict):
        axis = part.get("axis")
        return (isinstance(axis, list) and len(axis) > 1) or any(_has_several_axes(value) for value in part.values())
    return isinstance(part, list) and any(_has_several_axes(value) for value in part)


def _plain(model: keras.Model) -> keras.Model:
    """Old descriptions wrap a single input and output in lists, and so the model answers with a list."""
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ForeignModelError(
            f"Expected a model of one input and one output. Received: {len(model.inputs)} and {len(model.outputs)}."
        )
    return keras.Model(model.inputs[0], model.outputs[0], name=model.name)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _rebuild(description: dict) -> keras.Model:
    kind, config = description["class_name"], description["config"]
    if kind == "Sequential":
        # Before Keras 2.2.3 the configuration was the list of layers itself.
        described = config if isinstance(config, list) else config["layers"]
        shape = next(s for layer in described if (s := _input_shape(layer["config"])))
        parts = [_layer(layer) for layer in described if layer["class_name"] != "InputLayer"]
        return keras.Sequential([keras.Input(shape[1:]), *parts])
    config = {**config, "layers": [_described(layer) for layer in config["layers"]]}
    return keras.Model.from_config(config)


def _input_shape(config: dict) -> list | None:
    return config.get("batch_input_shape") or config.get("batch_shape")


def _layer_class(name: str) -> type:
    found = getattr(layers, name, None)
    if found is None:
        raise ForeignModelError(f"{name} is no layer of Keras")
    return found


def _accepted(kind: type, config: dict) -> dict:
    """The arguments that today's layer still takes."""
    if kind is layers.InputLayer:
        return {"batch_shape": _input_shape(config), "name": config.get("name"), "dtype": config.get("dtype")}
    known = {name for base in kind.__mro__ for name in inspect.signature(base.__init__).parameters}
    config = {name: value for name, value in config.items() if name in known and name not in ("args", "kwargs", "self")}
    axis = config.get("axis")
    # Keras 2 wrote the one axis of a normalisation as a list.
    return config | {"axis": axis[0]} if isinstance(axis, list) and len(axis) == 1 else config


def _described(layer: dict) -> dict:
    described = {**layer, "config": _accepted(_layer_class(layer["class_name"]), layer["config"])}
    if not _has_several_axes(layer["config"]):
        return described
    # Of a layer whose module is named, Keras takes the arguments as they stand.
    return {**described, "module": "keras.layers", "registered_name": None}


def _layer(layer: dict) -> keras.layers.Layer:
    kind = _layer_class(layer["class_name"])
    return kind.from_config(_accepted(kind, layer["config"]))


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
    height, width, channels = model.input_shape[1:]
    height, width = height or image_size, width or image_size
    if height is None:
        raise ValueError("Expected image_size, because the model takes pictures of any size. Received: None.")
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
        raise ValueError(f"Expected {model.output_shape[-1]} class names, one an output. Received: {len(class_names)}.")
    if target_names is not None and tuple(target_names) != tuple(class_names or ()):
        x = _reordered(x, class_names, target_names)
    return keras.Model(inputs, x)


def _reordered(x, source: Sequence[str], target: Sequence[str]):
    source = source or ()
    if missing := [name for name in target if name not in source]:
        raise ValueError(f"Expected every class of {list(target)}. Received: {list(source)}, without {missing}.")
    # A dense layer of zeros and ones: a permutation that any Keras can load.
    permutation = layers.Dense(len(target), use_bias=False, trainable=False, dtype="float32", name="reordered")
    x = permutation(x)
    permutation.set_weights([np.array([[float(s == t) for t in target] for s in source], np.float32)])
    return x if len(source) == len(target) else x / keras.ops.sum(x, axis=-1, keepdims=True)
