"""Translation of model descriptions that Keras 2 wrote into those that Keras 3 reads.

Keras 3 misreads or drops some arguments of Keras 2 without an error: ``alpha`` of a LeakyReLU
becomes the default slope if a neighbouring layer makes the file unreadable, and an ``axis`` of
several numbers becomes the last axis alone. So each argument is translated here, and
:mod:`.comparison` checks every one of them on the finished model.
"""

import inspect
from typing import Any

from keras import layers

from .allowed import LAYERS, MODELS, is_kept

_RENAMED = {
    ("LeakyReLU", "alpha"): "negative_slope",
    ("InputLayer", "batch_input_shape"): "batch_shape",
}


def translated(description: dict) -> dict:
    """Return the description of a model or layer with the names and modules of Keras 3.

    Arguments that Keras 3 does not know are kept, for :func:`.comparison.lost` to find.

    Args:
        description: with "class_name" and "config", as parsed from the file's JSON.
    """
    name = description["class_name"]
    config = description["config"]
    if is_kept(description):
        return description
    if name not in MODELS:
        return {
            **description,
            "module": "keras.layers",
            "registered_name": None,
            "config": translated_config(name, config),
        }
    if isinstance(config, list):
        # Keras before 2.2.3 wrote a Sequential as the list of its layers.
        config = {"name": "sequential", "layers": config}
    parts = [translated(layer) for layer in config["layers"]]
    if name == "Sequential":
        parts = _with_input_layer(parts, config)
    return {
        **description,
        "class_name": "Sequential" if name == "Sequential" else "Model",
        "module": "keras",
        "registered_name": None,
        "config": {**config, "layers": parts},
    }


def translated_config(kind: str, config: dict) -> dict:
    """Return the arguments of a layer under their names in Keras 3.

    Args:
        kind: the layer's class name.
        config: its arguments as the file has them.
    """
    new_config = {}
    for name, value in config.items():
        value = _translated_value(value)
        if name == "axis" and isinstance(value, list) and len(value) == 1:
            value = value[0]
        new_config[_RENAMED.get((kind, name), name)] = value
    return new_config


def known(description: dict) -> dict:
    """Return a translated description without the arguments that today's layers do not take.

    Args:
        description: as :func:`translated` returns it.
    """
    config = description["config"]
    if is_kept(description):
        return description
    if description["class_name"] in ("Model", "Sequential"):
        parts = [known(layer) for layer in config["layers"]]
        return {**description, "config": {**config, "layers": parts}}
    parameters = _parameters(getattr(layers, description["class_name"]))
    arguments = {}
    for name, value in config.items():
        if name in parameters:
            is_layer = isinstance(value, dict) and value.get("class_name") in LAYERS | MODELS
            arguments[name] = known(value) if is_layer else value
    return {**description, "config": arguments}


def _with_input_layer(parts: list[dict], config: dict) -> list[dict]:
    """Return the layers of a Sequential with its input, which Keras 2 noted in the first layer."""
    first = parts[0] if parts else {"class_name": None, "config": {}}
    if first["class_name"] in MODELS | {"InputLayer"}:
        return parts
    shape = (
        first["config"].get("batch_input_shape")
        or first["config"].get("batch_shape")
        or config.get("build_input_shape")
    )
    if shape is None:
        return parts
    input_layer = {
        "class_name": "InputLayer",
        "module": "keras.layers",
        "registered_name": None,
        "config": {"batch_shape": shape, "dtype": first["config"].get("dtype", "float32")},
    }
    return [input_layer, *parts]


def _translated_value(value: object) -> object:
    if isinstance(value, list):
        return [_translated_value(item) for item in value]
    if not isinstance(value, dict) or "class_name" not in value:
        return value
    if value["class_name"] in ("__tuple__", "TensorShape"):
        return _translated_value(value["items"])
    if "Policy" in value["class_name"] and "name" in value["config"]:
        return value["config"]["name"]
    if value["class_name"] in LAYERS | MODELS:
        return translated(value)
    return value


def _parameters(layer_class: Any) -> set[str]:
    """Return the names of all arguments that a layer and its base classes take."""
    names = set()
    for base in layer_class.__mro__:
        names |= set(inspect.signature(base.__init__).parameters)  # type: ignore[misc]
    return names - {"self", "args", "kwargs"}
