"""Descriptions of models as Keras 2 wrote them into ``.h5`` files: what they may hold, and how Keras 3 says the same.

Keras 3 takes arguments of Keras 2 that it no longer knows for others, or for none: ``alpha`` of a LeakyReLU becomes the
default slope if a layer next to it makes the file unreadable, an ``axis`` of several numbers the last axis alone. So each
argument is translated by what is known of it, and :func:`lost` compares every one with what the finished layer says.
"""

import inspect
from collections.abc import Iterator

import keras
from keras import layers

# What computes with pictures and features. No Lambda, no wrapper of other frameworks, no lookup of words: those run code
# or read files that a description names.
_LAYERS = frozenset(
    {
        "Activation", "ActivityRegularization", "Add", "AdditiveAttention", "AlphaDropout", "Attention",
        "Average", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "BatchNormalization",
        "Bidirectional", "CenterCrop", "Concatenate", "Conv1D", "Conv1DTranspose", "Conv2D",
        "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D",
        "Cropping1D", "Cropping2D", "Cropping3D", "Dense", "DepthwiseConv1D", "DepthwiseConv2D", "Dot",
        "Dropout", "ELU", "EinsumDense", "Embedding", "Flatten", "GRU", "GRUCell", "GaussianDropout",
        "GaussianNoise", "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D",
        "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "GroupNormalization",
        "Identity", "InputLayer", "LSTM", "LSTMCell", "LayerNormalization",
        "LeakyReLU", "Masking", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "Maximum", "Minimum",
        "MultiHeadAttention", "Multiply", "Normalization", "PReLU", "Permute", "RMSNormalization",
        "RNN", "RandomBrightness", "RandomContrast", "RandomCrop", "RandomFlip", "RandomRotation",
        "RandomTranslation", "RandomZoom", "ReLU", "RepeatVector", "Rescaling", "Reshape", "Resizing",
        "SeparableConv1D", "SeparableConv2D", "SimpleRNN", "SimpleRNNCell", "Softmax",
        "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "SpectralNormalization",
        "StackedRNNCells", "Subtract", "TimeDistributed", "UnitNormalization", "UpSampling1D",
        "UpSampling2D", "UpSampling3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D",
    }
)  # fmt: skip
_MODELS = frozenset({"Functional", "Model", "Sequential"})
_PARTS = frozenset(  # of layers: what they start from and are trained under
    name
    for module in (keras.initializers, keras.regularizers, keras.constraints, keras.dtype_policies)
    for name, value in vars(module).items()
    if inspect.isclass(value)
)
_VALUES = frozenset({"Policy", "SeedGenerator", "TensorShape", "__keras_tensor__", "__tuple__"})

_RENAMED = {
    ("LeakyReLU", "alpha"): "negative_slope",
    ("InputLayer", "batch_input_shape"): "batch_shape",
}
# Arguments that are gone from Keras 3 without changing anything, if they hold this value; None: whatever they hold.
_GONE = {
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
# They are for training: what a trained model answers does not depend on them.
_TRAINING = ("_initializer", "_regularizer", "_constraint")


def not_allowed(description: object) -> list[str]:
    """Return the names of what a description holds beyond layers and parts of Keras that only compute, sorted."""
    return sorted({_full_name(part) for part in _objects(description) if not _is_allowed(part)})


def _objects(part: object) -> Iterator[dict]:
    """Yield everything within a description that would be made by name."""
    if isinstance(part, dict):
        if "class_name" in part:
            yield part
        for value in part.values():
            yield from _objects(value)
    elif isinstance(part, list):
        for value in part:
            yield from _objects(value)


def _is_allowed(part: dict) -> bool:
    name, module = part["class_name"], part.get("module")
    if not isinstance(name, str):
        return False
    if _is_kept(part):
        return True
    if name not in _LAYERS | _MODELS | _PARTS | _VALUES:
        return False
    return module is None or (isinstance(module, str) and module.split(".")[0] == "keras")


def _is_operation(part: dict) -> bool:
    """Return whether a part of a graph is an operation instead of a layer: ``keras.ops.flip``, say, of Keras 3."""
    return str(part.get("module")).startswith("keras.src.ops.")


def _is_kept(part: dict) -> bool:
    """Return whether a part is taken as it stands: an operation, or a layer that this program itself has registered."""
    return _is_operation(part) or part["class_name"] in keras.saving.get_custom_objects()


def _full_name(part: dict) -> str:
    module = part.get("module")
    return f"{module}.{part['class_name']}" if module else str(part["class_name"])


def translated(description: dict) -> dict:
    """Return the description of a model or layer as Keras 3 takes it: its own names of arguments, its module named.

    Arguments that Keras 3 does not know are kept, for :func:`lost` to find.
    """
    name, config = description["class_name"], description["config"]
    if _is_kept(description):
        return description
    if name not in _MODELS:
        return {
            **description,
            "module": "keras.layers",
            "registered_name": None,
            "config": _translated_config(name, config),
        }
    if isinstance(config, list):  # Keras before 2.2.3 wrote a Sequential as the list of its layers
        config = {"name": "sequential", "layers": config}
    parts = [translated(layer) for layer in config["layers"]]
    if name == "Sequential":
        parts = _with_input(parts, config)
    return {
        **description,
        "class_name": "Sequential" if name == "Sequential" else "Model",
        "module": "keras",
        "registered_name": None,
        "config": {**config, "layers": parts},
    }


def _with_input(parts: list[dict], config: dict) -> list[dict]:
    """Put the input, which Keras 2 noted in the first layer, before the layers of a Sequential."""
    first = parts[0] if parts else {"class_name": None, "config": {}}
    if first["class_name"] in _MODELS | {"InputLayer"}:
        return parts
    shape = (
        first["config"].get("batch_input_shape")
        or first["config"].get("batch_shape")
        or config.get("build_input_shape")
    )
    if shape is None:
        return parts
    given = {"batch_shape": shape, "dtype": first["config"].get("dtype", "float32")}
    return [
        {
            "class_name": "InputLayer",
            "module": "keras.layers",
            "registered_name": None,
            "config": given,
        },
        *parts,
    ]


def _translated_config(kind: str, config: dict) -> dict:
    new = {}
    for name, value in config.items():
        value = _translated_value(value)
        if name == "axis" and isinstance(value, list) and len(value) == 1:
            value = value[0]
        new[_RENAMED.get((kind, name), name)] = value
    return new


def _translated_value(value: object) -> object:
    if isinstance(value, list):
        return [_translated_value(item) for item in value]
    if not isinstance(value, dict) or "class_name" not in value:
        return value
    if value["class_name"] in ("__tuple__", "TensorShape"):
        return _translated_value(value["items"])
    if "Policy" in value["class_name"] and "name" in value["config"]:
        return value["config"]["name"]
    return translated(value) if value["class_name"] in _LAYERS | _MODELS else value


def known(description: dict) -> dict:
    """Return a translated description with only those arguments that today's layers take."""
    config = description["config"]
    if _is_kept(description):
        return description
    if description["class_name"] in ("Model", "Sequential"):
        return {
            **description,
            "config": {**config, "layers": [known(layer) for layer in config["layers"]]},
        }
    kind = getattr(layers, description["class_name"])
    taken = {name for base in kind.__mro__ for name in inspect.signature(base.__init__).parameters}
    taken -= {"self", "args", "kwargs"}
    arguments = {}
    for name, value in config.items():
        if name in taken:
            is_layer = isinstance(value, dict) and value.get("class_name") in _LAYERS | _MODELS
            arguments[name] = known(value) if is_layer else value
    return {**description, "config": arguments}


def lost(description: dict, model: keras.Model, *, before_3: bool) -> list[str]:
    """Return what a translated description says and the model made of it does not hold, such as "conv: groups=2".

    Args:
        description: as :func:`translated` gives it.
        model: the finished model, whose layers have the names of the description.
        before_3: Keras 2 or 1 wrote it, for which some names mean another function.
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
        elif not _is_operation(part):
            missing = _lost_arguments(
                part["class_name"], part["config"], layer.get_config(), before_3
            )
            found += [f"{name}: {argument}" for argument in missing]
    return found


def _lost_arguments(kind: str, described: dict, kept: dict, before_3: bool) -> Iterator[str]:
    described, kept = (_translated_config(kind, config) for config in (described, kept))
    for name, value in described.items():
        if before_3 and value == "hard_sigmoid" and name.endswith("activation"):
            yield f"{name}=hard_sigmoid, which was another function in Keras 2"
        elif name not in kept:
            if (
                value is not None
                and not name.endswith(_TRAINING)
                and (name not in _GONE or _GONE[name] not in (None, value))
            ):
                yield f"{name}={value}"
        elif isinstance(value, dict) and value.get("class_name") in _LAYERS:
            yield from _lost_arguments(
                value["class_name"], value["config"], (kept[name] or {}).get("config", {}), before_3
            )
        elif not name.endswith(_TRAINING) and not _same(name, value, kept[name]):
            yield f"{name}={value} (now {kept[name]})"


def _same(name: str, value: object, kept: object) -> bool:
    """Return whether two values of an argument mean the same: [3, 3] and (3, 3) and 3, "swish" and "silu"."""
    if name.endswith("activation") and isinstance(value, str) and isinstance(kept, str):
        return keras.activations.get(value) is keras.activations.get(kept)
    if isinstance(value, list | tuple) and isinstance(kept, list | tuple):
        return len(value) == len(kept) and all(
            _same("", a, b) for a, b in zip(value, kept, strict=True)
        )
    if isinstance(value, list | tuple):
        return (len(value) == 1 or name != "axis") and all(_same("", item, kept) for item in value)
    if isinstance(kept, list | tuple):
        return _same(name, kept, value)
    return value == kept
