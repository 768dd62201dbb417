"""A plain network of 3x3 convolutions with squeeze-and-excitation, on the middle of the image.

VGG: Simonyan & Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
ICLR 2015. It is an ensemble member of another kind than the residual networks, so that it makes
other mistakes.
"""

from collections.abc import Sequence

import keras
from keras import layers

from .blocks import classify, convolution, squeeze_and_excite
from .normalization import standardization


def squeezed_vgg(
    input_shape: tuple[int, int, int] = (48, 48, 1),
    num_classes: int = 7,
    *,
    widths: Sequence[int] = (64, 128, 256, 512),
    blocks: Sequence[int] = (2, 2, 3, 3),
    border: int = 2,
    squeeze: int = 16,
    dropout: float = 0.4,
    heads: Sequence[str] = (),
    augmentation: layers.Layer | None = None,
) -> keras.Model:
    """Build stages of 3x3 convolutions, each ended by squeeze-and-excitation and a pooling.

    Args:
        input_shape: height, width, channels of the raw pixels 0..255.
        num_classes: number of classes.
        widths: channels of each stage.
        blocks: convolutions of each stage.
        border: px that are cut off on every side. With a shift in the augmentation the network is
            trained on random crops (44 px of 48), and sees the middle one at inference.
        squeeze: reduction ratio of the squeeze-and-excitation.
        dropout: share of the features dropped before the last layer.
        heads: names of several last layers, see :mod:`.heads`; none: a single one.
        augmentation: layer that changes raw pixels in training only, or None.

    Returns:
        An uncompiled model: raw pixels ``(batch, *input_shape)`` -> probabilities
        ``(batch, num_classes)``, float32; a list of them with ``heads``.

    Raises:
        ValueError: ``blocks`` and ``widths`` differ in length.

    Example:
        >>> squeezed_vgg(widths=(8, 16), blocks=(1, 1)).output_shape
        (None, 7)
    """
    if len(widths) != len(blocks):
        raise ValueError(
            f"Expected one number of blocks per stage ({len(widths)}). Received: {blocks}."
        )
    inputs = keras.Input(input_shape)
    x = inputs if augmentation is None else augmentation(inputs)
    x = standardization()(layers.Cropping2D(border, dtype="float32")(x))
    for stage, width in enumerate(widths):
        for _ in range(blocks[stage]):
            x = layers.ReLU()(convolution(x, width))
        x = squeeze_and_excite(x, squeeze)
        if stage < len(widths) - 1:
            x = layers.MaxPooling2D(2)(x)
    outputs = classify(x, num_classes, dropout=dropout, activation="softmax", heads=heads)
    return keras.Model(inputs, outputs, name="squeezed_vgg")
