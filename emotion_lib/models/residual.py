"""Compact residual networks for small faces (He, Zhang, Ren & Sun, "Deep Residual Learning for Image Recognition",
CVPR 2016; squeeze-and-excitation: Hu, Shen & Sun, CVPR 2018)."""

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
    augmentation: layers.Layer | None = None,
) -> keras.Model:
    """Each image standardised, a stem of 3x3 convolutions, stages of residual blocks at half the side each, global average,
    one dense layer. Standardised, an image looks the same in bright and in dim light, and no example is needed of either.

    Args:
        input_shape: height, width, channels; raw pixels 0..255.
        num_classes: outputs.
        stem: channels of each of its convolutions; the last one halves the side, which quarters the cost of what follows,
            and those before it see the image at its full side.
        widths: channels of each stage.
        blocks: residual blocks of each stage.
        squeeze: ratio of the squeeze-and-excitation at the end of each block; None: without.
        dropout: before the last layer.
        activation: of the last layer: "softmax" for one label an image, "sigmoid" for several.
        augmentation: layer on the raw pixels, inert at inference; None: none.

    Returns:
        An uncompiled model, probabilities ``(n, num_classes)`` float32 out.

    Raises:
        ValueError: not as many stages in ``blocks`` as in ``widths``.
    """
    if len(widths) != len(blocks):
        raise ValueError(
            f"Expected one number of blocks a stage ({len(widths)}). Received: {blocks}."
        )
    inputs = keras.Input(input_shape)
    x = augmentation(inputs) if augmentation is not None else inputs
    x = standardization()(x)
    for position, width in enumerate(stem, start=1):
        x = layers.ReLU()(_convolution(x, width, 2 if position == len(stem) else 1))
    for stage, (width, count) in enumerate(zip(widths, blocks, strict=True)):
        for block in range(count):
            x = _block(x, width, 2 if stage and not block else 1, squeeze)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout)(x)
    return keras.Model(
        inputs,
        layers.Dense(num_classes, activation=activation, dtype="float32")(x),
        name="residual",
    )


def _convolution(x, width: int, stride: int = 1, side: int = 3):
    x = layers.Conv2D(
        width, side, stride, padding="same", use_bias=False, kernel_initializer="he_normal"
    )(x)
    return BatchNormalization()(x)


def _block(x, width: int, stride: int, squeeze: int | None):
    y = layers.ReLU()(_convolution(x, width, stride))
    y = _convolution(y, width)
    if squeeze:
        # As 1x1 convolutions, which keep the four axes that the product needs.
        gate = layers.GlobalAveragePooling2D(keepdims=True)(y)
        gate = layers.Conv2D(max(4, width // squeeze), 1, activation="relu")(gate)
        gate = layers.Conv2D(width, 1, activation="sigmoid")(gate)
        y = layers.Multiply()([y, gate])
    if stride > 1 or x.shape[-1] != width:
        x = _convolution(layers.AveragePooling2D(stride)(x) if stride > 1 else x, width, side=1)
    return layers.ReLU()(layers.Add()([x, y]))
