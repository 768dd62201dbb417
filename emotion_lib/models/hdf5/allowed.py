"""Layers and parts of Keras that a model description may name: those that only compute.

Everything else is refused before Keras sees it, because some layers run code or read other files
that the description names.
"""

import inspect
from collections.abc import Iterator

import keras

from ..keras_internals import is_operation_module

# Layers for images and features. No Lambda, no wrapper of another framework, no lookup of words.
LAYERS = frozenset(
    {
        "Activation", "ActivityRegularization", "Add", "AdditiveAttention", "AlphaDropout",
        "Attention", "Average", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D",
        "BatchNormalization", "Bidirectional", "CenterCrop", "Concatenate", "Conv1D",
        "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "ConvLSTM1D",
        "ConvLSTM2D", "ConvLSTM3D", "Cropping1D", "Cropping2D", "Cropping3D", "Dense",
        "DepthwiseConv1D", "DepthwiseConv2D", "Dot", "Dropout", "ELU", "EinsumDense", "Embedding",
        "Flatten", "GRU", "GRUCell", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D",
        "GlobalAveragePooling2D", "GlobalAveragePooling3D", "GlobalMaxPooling1D",
        "GlobalMaxPooling2D", "GlobalMaxPooling3D", "GroupNormalization", "Identity",
        "InputLayer", "LSTM", "LSTMCell", "LayerNormalization", "LeakyReLU", "Masking",
        "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "Maximum", "Minimum", "MultiHeadAttention",
        "Multiply", "Normalization", "PReLU", "Permute", "RMSNormalization", "RNN",
        "RandomBrightness", "RandomContrast", "RandomCrop", "RandomFlip", "RandomRotation",
        "RandomTranslation", "RandomZoom", "ReLU", "RepeatVector", "Rescaling", "Reshape",
        "Resizing", "SeparableConv1D", "SeparableConv2D", "SimpleRNN", "SimpleRNNCell", "Softmax",
        "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "SpectralNormalization",
        "StackedRNNCells", "Subtract", "TimeDistributed", "UnitNormalization", "UpSampling1D",
        "UpSampling2D", "UpSampling3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D",
    }
)  # fmt: skip
MODELS = frozenset({"Functional", "Model", "Sequential"})
# Initializers, regularizers, constraints and policies of layers.
_PARTS = frozenset(
    name
    for module in (keras.initializers, keras.regularizers, keras.constraints, keras.dtype_policies)
    for name, value in vars(module).items()
    if inspect.isclass(value)
)
_VALUES = frozenset({"Policy", "SeedGenerator", "TensorShape", "__keras_tensor__", "__tuple__"})


def not_allowed(description: object) -> list[str]:
    """Return the names of parts of a description that are not allowed, sorted.

    Args:
        description: of a model, as parsed from its JSON.

    Example:
        >>> not_allowed({"class_name": "Lambda", "config": {}})
        ['Lambda']
    """
    names = {_full_name(part) for part in _objects(description) if not _is_allowed(part)}
    return sorted(names)


def is_operation(part: dict) -> bool:
    """Return whether a part of a graph is an operation of Keras 3, such as ``keras.ops.flip``."""
    return is_operation_module(part.get("module"))


def is_kept(part: dict) -> bool:
    """Return whether a part is taken unchanged: an operation, or a layer that is registered."""
    return is_operation(part) or part["class_name"] in keras.saving.get_custom_objects()


def _objects(part: object) -> Iterator[dict]:
    """Yield every part of a description that names a class."""
    if isinstance(part, dict):
        if "class_name" in part:
            yield part
        for value in part.values():
            yield from _objects(value)
    elif isinstance(part, list):
        for value in part:
            yield from _objects(value)


def _is_allowed(part: dict) -> bool:
    name = part["class_name"]
    module = part.get("module")
    if not isinstance(name, str):
        return False
    if is_kept(part):
        return True
    if name not in LAYERS | MODELS | _PARTS | _VALUES:
        return False
    return module is None or (isinstance(module, str) and module.split(".")[0] == "keras")


def _full_name(part: dict) -> str:
    module = part.get("module")
    return f"{module}.{part['class_name']}" if module else str(part["class_name"])
