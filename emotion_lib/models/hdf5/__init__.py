"""Models in HDF5 files of Keras 1 and 2, some of which Keras 3 refuses or reads wrongly."""

import os
from pathlib import Path

import keras

from ...files import printable
from . import comparison, keras2
from .allowed import not_allowed
from .file import (
    ForeignModelError,
    first_line,
    layers_with_weights,
    read_description,
    with_lower_case_suffix,
)

__all__ = ["ForeignModelError", "is_hdf5", "load_hdf5"]

_MAX_DIFFERENCES = 5


def is_hdf5(path: str | os.PathLike) -> bool:
    """Return whether a file has the suffix ``.h5`` or ``.hdf5``, in upper or lower case."""
    return Path(path).suffix.lower() in (".h5", ".hdf5")


def load_hdf5(path: str | os.PathLike) -> tuple[keras.Model, bool]:
    """Load an ``.h5`` or ``.hdf5`` model; rebuild it where Keras 3 refuses it or reads it wrongly.

    Keras 2 wrote arguments that Keras 3 no longer knows or understands differently (see
    :mod:`.keras2`). Every argument of every layer is compared with the description in the file. A
    model that differs is rebuilt from the translated description, and refused if it still differs.
    Weights go to the layers of the same names.

    Only layers that compute are allowed. Code and files that a description names are neither run
    nor read.

    Args:
        path: of the file.

    Returns:
        The model, uncompiled, and whether it had to be rebuilt.

    Raises:
        ForeignModelError: no such file, no model in it (weights alone, for example), layers that
            are not allowed or not Keras's own, arguments that Keras 3 cannot reproduce, or several
            inputs or outputs.

    Example:
        >>> model, rebuilt = load_hdf5("fer2013_mini_XCEPTION.hdf5")  # doctest: +SKIP
    """
    path = Path(path)
    description, before_3 = read_description(path)
    if forbidden := not_allowed(description):
        raise ForeignModelError(
            f"Expected layers of Keras that only compute in {printable(path)}. "
            f"Received: {', '.join(forbidden)}. Such layers can run code or read files, or are of "
            "another library: load the file with the program that made it, and save a model "
            "without them."
        )
    try:
        translated = keras2.translated(description)
    except Exception as error:  # a description of any other form
        raise ForeignModelError(
            f"Expected the description of a Keras model in {printable(path)}. Received: another "
            f"form of it ({first_line(error)})."
        ) from error
    model, refusal = _load_or_refusal(path, translated, before_3)
    if refusal is None:
        return _with_single_output(model), False
    try:
        with with_lower_case_suffix(path) as file:
            model = keras.saving.deserialize_keras_object(keras2.known(translated), safe_mode=True)
            model.load_weights(file, by_name=True)
    except Exception as error:  # Keras raises many types
        raise ForeignModelError(
            f"Expected layers of Keras in {printable(path)}. Received: a model that Keras 3 "
            f"refuses ({refusal}) and that could not be rebuilt ({first_line(error)})."
        ) from error
    difference = _difference(translated, model, before_3) or _other_layers(model, path)
    if difference:
        raise ForeignModelError(
            f"Expected a model in {printable(path)} that Keras 3 can compute. Received: one that "
            f"it would change ({difference}). Load it with the Keras that made it, and replace "
            "these layers or arguments."
        )
    return _with_single_output(model), True


def _load_or_refusal(
    path: Path, translated: dict, before_3: bool
) -> tuple[keras.Model | None, str | None]:
    """Return the model as Keras loads it, and the reason why it cannot be used, or None."""
    try:
        with with_lower_case_suffix(path) as file:
            model = keras.models.load_model(file, compile=False, safe_mode=True)
        return model, _difference(translated, model, before_3) or _other_order(model, path)
    except Exception as error:  # Keras raises many types
        return None, first_line(error)


def _difference(translated: dict, model: keras.Model, before_3: bool) -> str | None:
    """Return the differences between a model and the description in its file, or None."""
    differences = comparison.lost(translated, model, before_3=before_3)
    if not differences:
        return None
    text = "; ".join(differences[:_MAX_DIFFERENCES])
    if len(differences) > _MAX_DIFFERENCES:
        text += f" and {len(differences) - _MAX_DIFFERENCES} more"
    return text


def _other_order(model: keras.Model, path: Path) -> str | None:
    """Return both orders of weights if they differ; Keras assigns weights in the file's order."""
    in_model = [layer.name for layer in model.layers if layer.weights]
    return _unequal(in_model, layers_with_weights(path))


def _other_layers(model: keras.Model, path: Path) -> str | None:
    """Return the layers with weights if file and model differ; Keras would skip missing ones."""
    in_model = sorted(layer.name for layer in model.layers if layer.weights)
    return _unequal(in_model, sorted(layers_with_weights(path)))


def _unequal(in_model: list[str], in_file: list[str]) -> str | None:
    if in_model == in_file:
        return None
    return f"weights of {in_file} in the file and of {in_model} in the model"


def _with_single_output(model: keras.Model) -> keras.Model:
    """Return the model with a tensor as output; that of old files is a list of one tensor."""
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ForeignModelError(
            "Expected a model of one input and one output. "
            f"Received: {len(model.inputs)} and {len(model.outputs)}."
        )
    return keras.Model(model.inputs[0], model.outputs[0], name=model.name)
