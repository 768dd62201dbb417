"""Models made elsewhere: old files that Keras 3 refuses, and other ideas of what pixels are."""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import keras
import numpy as np
from keras import layers

from ..errors import EmotionError
from ..files import printable
from . import keras2
from .normalization import standardization

SCALINGS = {
    "none": partial(layers.Rescaling, 1.0),  # 0..255
    "0..1": partial(layers.Rescaling, 1 / 255),
    "-1..1": partial(layers.Rescaling, 1 / 127.5, offset=-1.0),
    "-0.5..0.5": partial(layers.Rescaling, 1 / 255, offset=-0.5),
    "standardised": standardization,  # each picture by itself, as tf.image.per_image_standardization does
}
Scaling = Literal["none", "0..1", "-1..1", "-0.5..0.5", "standardised"]


class ForeignModelError(EmotionError, ValueError):
    """A model file of another origin that cannot be used; the message says why."""


def load_hdf5(path: str | os.PathLike) -> tuple[keras.Model, bool]:
    """Load an ``.h5`` or ``.hdf5`` model, rebuilding it from its own description where Keras 3 refuses it or gets it wrong.

    Keras 2 wrote arguments that Keras 3 no longer knows, and some that it reads as others (see :mod:`.keras2`). Every
    argument of every layer is compared with what the file says; a model that differs is rebuilt from the translated
    description, and refused if it differs still. The file's weights go to the layers of the same names.

    Only layers that compute are allowed. Neither code nor other files that a description names are run or read.

    Returns:
        The model, uncompiled, and whether it had to be rebuilt.

    Raises:
        ForeignModelError: no such file, no model in it (weights alone, say), layers that are not allowed or not Keras's
            own, arguments that Keras 3 cannot reproduce, or several inputs or outputs.
    """
    path = Path(path)
    description, before_3 = _description(path)
    if unknown := keras2.not_allowed(description):
        raise ForeignModelError(
            f"Expected layers of Keras that only compute in {printable(path)}. Received: {', '.join(unknown)}. "
            "Such layers can run code or read files, or are of another library: load the file with the program that "
            "made it, and save a model without them."
        )
    try:
        translated = keras2.translated(description)
    except Exception as error:  # a description of any other form
        raise ForeignModelError(
            f"Expected the description of a Keras model in {printable(path)}. Received: another form of it "
            f"({_first_line(error)})."
        ) from error
    try:
        with _as_h5(path) as file:
            try:
                model = keras.models.load_model(file, compile=False, safe_mode=True)
                refusal = _difference(translated, model, before_3) or _other_order(model, path)
            except Exception as error:  # Keras raises many types
                refusal = _first_line(error)
            rebuilt = refusal is not None
            if rebuilt:
                model = keras.saving.deserialize_keras_object(
                    keras2.known(translated), safe_mode=True
                )
                model.load_weights(file, by_name=True)
    except Exception as error:
        raise ForeignModelError(
            f"Expected layers of Keras in {printable(path)}. Received: a model that Keras 3 refuses ({refusal}) and that "
            f"could not be rebuilt ({_first_line(error)})."
        ) from error
    if rebuilt and (
        difference := _difference(translated, model, before_3) or _other_layers(model, path)
    ):
        raise ForeignModelError(
            f"Expected a model in {printable(path)} that Keras 3 can compute. Received: one that it would change "
            f"({difference}). Load it with the Keras that made it, and replace these layers or arguments."
        )
    return _plain(model), rebuilt


def is_hdf5(path: str | os.PathLike) -> bool:
    """Return whether a file is named as one in HDF5, the format of Keras 1 and 2: ``.h5``, ``.hdf5``, in any case."""
    return Path(path).suffix.lower() in (".h5", ".hdf5")


@contextlib.contextmanager
def _as_h5(path: Path) -> Iterator[Path]:
    """Yield the path of a file whose name ends as Keras wants it, in lower case."""
    if path.suffix in (".h5", ".hdf5"):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "model.h5"
        shutil.copyfile(path, copy)
        yield copy


def _description(path: Path) -> tuple[dict, bool]:
    """Return the description in a file, and whether a Keras before 3 wrote it."""
    import h5py

    if path.is_dir():
        raise ForeignModelError(
            f"Expected a model file. Received: the folder {printable(path)}{_SAVED_MODEL if _is_saved_model(path) else '.'}"
        )
    try:
        with h5py.File(path) as file:
            text = file.attrs.get("model_config")
            version = file.attrs.get("keras_version", "1")
        description = None if text is None else json.loads(text)
    except Exception as error:  # h5py raises many types for a damaged file
        raise ForeignModelError(
            f"Expected a Keras model at {printable(path)}. Received: {_first_line(error)}."
        ) from error
    if description is None:
        raise ForeignModelError(
            f"Expected a whole model in {printable(path)}. Received: weights alone. "
            "Build the network, then call load_weights."
        )
    version = version.decode() if isinstance(version, bytes) else str(version)
    return description, version.split(".")[0] in ("1", "2")


_SAVED_MODEL = (
    ", a SavedModel of TensorFlow, which Keras 3 does not load. Load it with TensorFlow 2.15 or tf_keras, "
    "and save it as .h5."
)


def _is_saved_model(folder: Path) -> bool:
    return (folder / "saved_model.pb").is_file()


def _difference(translated: dict, model: keras.Model, before_3: bool) -> str | None:
    """Return in what a model differs from the description in its file; None if in nothing."""
    differences = keras2.lost(translated, model, before_3=before_3)
    if not differences:
        return None
    return "; ".join(differences[:5]) + (
        f" and {len(differences) - 5} more" if len(differences) > 5 else ""
    )


def _other_order(model: keras.Model, path: Path) -> str | None:
    """Return whether a file holds weights in another order than the model, in which Keras would assign them."""
    in_model = [layer.name for layer in model.layers if layer.weights]
    in_file = _layers_with_weights(path)
    return (
        None
        if in_model == in_file
        else f"weights of {in_file} in the file and of {in_model} in the model"
    )


def _other_layers(model: keras.Model, path: Path) -> str | None:
    """Return whether a file holds weights of other layers than the model; those without any, Keras would pass over."""
    in_model = sorted(layer.name for layer in model.layers if layer.weights)
    in_file = sorted(_layers_with_weights(path))
    return (
        None
        if in_model == in_file
        else f"weights of {in_file} in the file and of {in_model} in the model"
    )


def _layers_with_weights(path: Path) -> list[str]:
    import h5py

    with h5py.File(path) as file:
        group = file.get("model_weights", file)
        names = [
            name.decode() if isinstance(name, bytes) else name
            for name in _attribute(group, "layer_names")
        ]
        return [name for name in names if len(_attribute(group[name], "weight_names"))]


def _attribute(group, name: str) -> list:
    """Return an attribute that Keras divides into numbered ones if it is long."""
    if name in group.attrs:
        return list(group.attrs[name])
    values: list = []
    while f"{name}{len(values)}" in group.attrs:
        values.append(group.attrs[f"{name}{len(values)}"])
    return [item for part in values for item in part]


def _plain(model: keras.Model) -> keras.Model:
    """Old descriptions wrap a single input and output in lists, and so the model answers with a list."""
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ForeignModelError(
            f"Expected a model of one input and one output. Received: {len(model.inputs)} and {len(model.outputs)}."
        )
    return keras.Model(model.inputs[0], model.outputs[0], name=model.name)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


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
