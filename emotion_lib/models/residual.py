"""Compact residual networks for small faces.

Residual blocks: He, Zhang, Ren & Sun, "Deep Residual Learning for Image Recognition", CVPR 2016.
Squeeze-and-excitation: Hu, Shen & Sun, "Squeeze-and-Excitation Networks", CVPR 2018.
"""

from collections.abc import Sequence

import keras
from keras import layers

from .blocks import classify, convolution, squeeze_and_excite
from .normalization import standardization


def residual(
    input_shape: tuple[int, int, int] = (48, 48, 1),
    num_classes: int = 7,
    *,
    stem: tuple[int, ...] = (64,),
    widths: tuple[int, ...] = (64, 128, 256),
    blocks: tuple[int, ...] = (1, 1, 1),
    stem_stride: int = 2,
    strides: Sequence[int] = (),
    squeeze: int | None = None,
    squeeze_from: int = 0,
    dropout: float = 0.2,
    activation: str = "softmax",
    heads: Sequence[str] = (),
    augmentation: layers.Layer | None = None,
) -> keras.Model:
    """Build a residual network: stem, stages of residual blocks, global average, one dense layer.

    Each image is standardised first. It then looks the same in bright and in dim light, and the
    training needs no examples of either.

    Args:
        input_shape: height, width, channels of the raw pixels 0..255.
        num_classes: number of classes.
        stem: channels of each 3x3 convolution of the stem; those before the last see the full
            image.
        widths: channels of each stage.
        blocks: residual blocks of each stage.
        stem_stride: of the last convolution of the stem. 2 halves height and width, which quarters
            the cost of all that follows.
        strides: of each stage's first block; none: each stage after the first halves height and
            width.
        squeeze: reduction ratio of the squeeze-and-excitation at the end of each block; None:
            without.
        squeeze_from: number of the first stage with squeeze-and-excitation, from 0.
        dropout: share of the features dropped before the last layer.
        activation: of the last layer: "softmax" for one label per image, "sigmoid" for several.
        heads: names of several last layers on the same features, each with an output of its own
            (see :mod:`.heads`); none: a single one.
        augmentation: layer that changes raw pixels in training only, or None.

    Returns:
        An uncompiled model: raw pixels ``(batch, *input_shape)`` -> probabilities
        ``(batch, num_classes)``, float32; a list of them with ``heads``.

    Raises:
        ValueError: ``blocks`` or ``strides`` differ in length from ``widths``.

    Example:
        >>> residual(stem=(32, 64), blocks=(2, 2, 2)).count_params()
        2798503
    """
    if len(widths) != len(blocks):
        raise ValueError(
            f"Expected one number of blocks per stage ({len(widths)}). Received: {blocks}."
        )
    strides = tuple(strides) or (1, *[2] * (len(widths) - 1))
    if len(strides) != len(widths):
        raise ValueError(f"Expected one stride per stage ({len(widths)}). Received: {strides}.")
    inputs = keras.Input(input_shape)
    x = inputs if augmentation is None else augmentation(inputs)
    x = standardization()(x)
    for position, width in enumerate(stem, start=1):
        stride = stem_stride if position == len(stem) else 1
        x = layers.ReLU()(convolution(x, width, stride))
    for stage, width in enumerate(widths):
        for block in range(blocks[stage]):
            stride = strides[stage] if block == 0 else 1
            x = _block(x, width, stride, squeeze if stage >= squeeze_from else None)
    outputs = classify(x, num_classes, dropout=dropout, activation=activation, heads=heads)
    return keras.Model(inputs, outputs, name="residual")


def _block(x, width: int, stride: int, squeeze: int | None):
    """Return two convolutions with the shortcut added, each followed by a ReLU."""
    y = layers.ReLU()(convolution(x, width, stride))
    y = convolution(y, width)
    if squeeze:
        y = squeeze_and_excite(y, squeeze)
    if stride > 1 or x.shape[-1] != width:
        pooled = layers.AveragePooling2D(stride)(x) if stride > 1 else x
        x = convolution(pooled, width, size=1)
    return layers.ReLU()(layers.Add()([x, y]))
