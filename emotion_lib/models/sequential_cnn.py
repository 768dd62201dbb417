"""A sequential convolutional network, trained from scratch."""

import keras
from keras import layers

from .normalization import BatchNormalization


def sequential_cnn(
    input_shape: tuple[int, int, int] = (48, 48, 1),
    num_classes: int = 7,
    *,
    widths: tuple[int, ...] = (32, 64, 128, 192),
    dropout: float = 0.25,
    momentum: float = 0.9,
    activation: str = "softmax",
    augmentation: keras.layers.Layer | None = None,
) -> keras.Sequential:
    """Build a plain stack of convolutions in the style of VGG (Simonyan & Zisserman, 2015).

    It is narrow enough for faces of 48 px. Each stage has twice a 3x3 convolution, batch
    normalisation and ReLU, then 2x2 max pooling and dropout. Global average pooling keeps the head
    small.

    Args:
        input_shape: height, width, channels of the raw pixels 0..255.
        num_classes: number of classes.
        widths: filters of each stage; the length is the number of stages.
        dropout: share of the activations dropped after each stage; twice that before the head.
        momentum: share that batch normalisation's moving averages, which inference uses, keep at
            each step. With few steps per epoch Keras's 0.99 leaves them near their initial values:
            on 700 drawn faces, validation accuracy then stays at chance. On FER-2013 it makes no
            difference: 0.9 changes validation accuracy by -0.1 points [-1.2, +1.1], three seeds.
        activation: of the last layer: "softmax" for one label per image, "sigmoid" for several.
        augmentation: layer that changes raw pixels in training only
            (:class:`.augmentation.Augmentation`), or None.

    Returns:
        An uncompiled model: raw pixels ``(batch, *input_shape)`` -> probabilities
        ``(batch, num_classes)``, float32.

    Example:
        >>> sequential_cnn().count_params()
        843623
    """
    model = keras.Sequential([keras.Input(input_shape, name="pixels")])
    if augmentation is not None:
        model.add(augmentation)
    model.add(layers.Rescaling(1 / 127.5, offset=-1.0))
    for width in widths:
        for _ in range(2):
            model.add(layers.Conv2D(width, 3, padding="same", use_bias=False))
            model.add(BatchNormalization(momentum=momentum))
            model.add(layers.ReLU())
        model.add(layers.MaxPooling2D())
        model.add(layers.Dropout(dropout))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dropout(2 * dropout))
    head = layers.Dense(num_classes, activation=activation, dtype="float32", name="probabilities")
    model.add(head)
    return model
