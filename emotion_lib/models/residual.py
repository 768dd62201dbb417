"""Compact residual networks for small faces.

Residual blocks: He, Zhang, Ren & Sun, "Deep Residual Learning for Image Recognition", CVPR 2016.
Squeeze-and-excitation: Hu, Shen & Sun, "Squeeze-and-Excitation Networks", CVPR 2018.
"""

from collections.abc import Sequence

import keras
from keras import layers

from .normalization import BatchNormalization, standardization


def residual(
    input_shape: tuple[int, int, int] = (48, 48, 1),
    num_classes: int = 7,
    *,
    stem: tuple[int, ...] = (64,),
    widths: tuple[int, ...] = (64, 128, 256),
    blocks: tuple[int, ...] = (1, 1, 1),
    squeeze: int | None = None,
    dropout: float = 0.2,
    activation: str = "softmax",
    heads: Sequence[str] = (),
    augmentation: layers.Layer | None = None,
) -> keras.Model:
    """Build a residual network: stem, stages of residual blocks, global average, one dense layer.

    Each image is standardised first. It then looks the same in bright and in dim light, and the
    training needs no examples of either. Each stage after the first halves height and width.

    Args:
        input_shape: height, width, channels of the raw pixels 0..255.
        num_classes: number of classes.
        stem: channels of each 3x3 convolution of the stem. The last one halves height and width,
            which quarters the cost of all that follows; those before it see the full image.
        widths: channels of each stage.
        blocks: residual blocks of each stage.
        squeeze: reduction ratio of the squeeze-and-excitation at the end of each block; None:
            without.
        dropout: share of the features dropped before the last layer.
        activation: of the last layer: "softmax" for one label per image, "sigmoid" for several.
        heads: names of several last layers on the same features, each with an output of its own
            (see :mod:`.heads`); none: a single one.
        augmentation: layer that changes raw pixels in training only, or None.

    Returns:
        An uncompiled model: raw pixels ``(batch, *input_shape)`` -> probabilities
        ``(batch, num_classes)``, float32; a list of them with ``heads``.

    Raises:
        ValueError: ``blocks`` and ``widths`` differ in length.

    Example:
        >>> residual(stem=(32, 64), blocks=(2, 2, 2)).count_params()
        2798503
    """
    if len(widths) != len(blocks):
        raise ValueError(
            f"Expected one number of blocks per stage ({len(widths)}). Received: {blocks}."
        )
    inputs = keras.Input(input_shape)
    x = inputs if augmentation is None else augmentation(inputs)
    x = standardization()(x)
    for position, width in enumerate(stem, start=1):
        stride = 2 if position == len(stem) else 1
        x = layers.ReLU()(_convolution(x, width, stride))
    for stage, width in enumerate(widths):
        for block in range(blocks[stage]):
            stride = 2 if stage > 0 and block == 0 else 1
            x = _block(x, width, stride, squeeze)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout)(x)
    outputs = []
    for name in heads or (None,):
        head = layers.Dense(num_classes, activation=activation, dtype="float32", name=name)
        outputs.append(head(x))
    return keras.Model(inputs, outputs if heads else outputs[0], name="residual")


def _convolution(x, width: int, stride: int = 1, size: int = 3):
    convolution = layers.Conv2D(
        width, size, stride, padding="same", use_bias=False, kernel_initializer="he_normal"
    )
    return BatchNormalization()(convolution(x))


def _block(x, width: int, stride: int, squeeze: int | None):
    """Return two convolutions with the shortcut added, each followed by a ReLU."""
    y = layers.ReLU()(_convolution(x, width, stride))
    y = _convolution(y, width)
    if squeeze:
        # As 1x1 convolutions, which keep the four axes that the product needs.
        gate = layers.GlobalAveragePooling2D(keepdims=True)(y)
        gate = layers.Conv2D(max(4, width // squeeze), 1, activation="relu")(gate)
        gate = layers.Conv2D(width, 1, activation="sigmoid")(gate)
        y = layers.Multiply()([y, gate])
    if stride > 1 or x.shape[-1] != width:
        pooled = layers.AveragePooling2D(stride)(x) if stride > 1 else x
        x = _convolution(pooled, width, size=1)
    return layers.ReLU()(layers.Add()([x, y]))
