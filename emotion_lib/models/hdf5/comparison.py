"""Comparison of a finished model with its description: arguments that Keras lost or changed."""

from collections.abc import Iterator
from typing import Any

import keras

from .allowed import LAYERS, is_operation
from .keras2 import translated_config

# Arguments that Keras 3 dropped and that change nothing if they hold this value; None: any value.
_WITHOUT_EFFECT = {
    "batch_input_shape": None,
    "batch_shape": None,
    "fused": None,
    "groups": 1,
    "implementation": None,
    "input_dim": None,
    "input_dtype": None,
    "input_length": None,
    "input_shape": None,
    "optional": False,
    "ragged": False,
    "renorm": False,
    "sparse": False,
    "time_major": False,
    "zero_output_for_mask": False,
}
# Arguments for training: the outputs of a trained model do not depend on them.
_FOR_TRAINING = ("_initializer", "_regularizer", "_constraint")


def lost(description: dict, model: keras.Model, *, before_3: bool) -> list[str]:
    """Return the arguments that a model does not hold as its description has them.

    Args:
        description: as :func:`.keras2.translated` returns it.
        model: the finished model, whose layers have the names of the description.
        before_3: Keras 1 or 2 wrote the file; some names meant another function there.

    Returns:
        One line per argument, such as "conv: groups=2".
    """
    found = []
    for part in description["config"]["layers"]:
        name = part["config"].get("name")
        if part["class_name"] == "InputLayer" and description["class_name"] == "Sequential":
            continue
        layer = next((layer for layer in model.layers if layer.name == name), None)
        if layer is None:
            found.append(f"{name}: the layer itself")
        elif part["class_name"] in ("Model", "Sequential"):
            found += lost(part, layer, before_3=before_3)
        elif not is_operation(part):
            arguments = _lost_arguments(
                part["class_name"], part["config"], layer.get_config(), before_3
            )
            found += [f"{name}: {argument}" for argument in arguments]
    return found


def _lost_arguments(kind: str, described: dict, kept: dict, before_3: bool) -> Iterator[str]:
    """Yield the arguments of one layer that differ, such as "groups=2"."""
    described = translated_config(kind, described)
    kept = translated_config(kind, kept)
    for name, value in described.items():
        if before_3 and value == "hard_sigmoid" and name.endswith("activation"):
            yield f"{name}=hard_sigmoid, which was another function in Keras 2"
        elif name not in kept:
            if not _is_without_effect(name, value):
                yield f"{name}={value}"
        elif isinstance(value, dict) and value.get("class_name") in LAYERS:
            inner = (kept[name] or {}).get("config", {})
            yield from _lost_arguments(value["class_name"], value["config"], inner, before_3)
        elif not name.endswith(_FOR_TRAINING) and not _same(name, value, kept[name]):
            yield f"{name}={value} (now {kept[name]})"


def _is_without_effect(name: str, value: object) -> bool:
    """Return whether an argument that Keras 3 does not have changes no output."""
    if value is None or name.endswith(_FOR_TRAINING):
        return True
    return name in _WITHOUT_EFFECT and _WITHOUT_EFFECT[name] in (None, value)


def _same(name: str, value: Any, kept: Any) -> bool:
    """Return whether two values of an argument mean the same.

    [3, 3], (3, 3) and 3 do, and so do "swish" and "silu".
    """
    if name.endswith("activation") and isinstance(value, str) and isinstance(kept, str):
        return keras.activations.get(value) is keras.activations.get(kept)
    value_is_list = isinstance(value, list | tuple)
    kept_is_list = isinstance(kept, list | tuple)
    if value_is_list and kept_is_list:
        if len(value) != len(kept):
            return False
        return all(_same("", a, b) for a, b in zip(value, kept, strict=True))
    if value_is_list:
        # An axis of several numbers is never one axis.
        return (len(value) == 1 or name != "axis") and all(_same("", item, kept) for item in value)
    if kept_is_list:
        return _same(name, kept, value)
    return value == kept
