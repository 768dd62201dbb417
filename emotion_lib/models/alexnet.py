"""AlexNet (Krizhevsky, Sutskever & Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", NIPS 2012)."""

import keras
from keras import layers, ops

from .layers import LocalResponseNormalization


def alexnet(
    input_shape: tuple[int, int, int] = (227, 227, 3),
    num_classes: int = 1000,
    *,
    image_size: int | None = None,
    groups: int = 2,
    dense: int = 4096,
    dropout: float = 0.5,
    activation: str = "softmax",
    augmentation: layers.Layer | None = None,
) -> keras.Model:
    """Five convolutions, three of them pooled, and three dense layers.

    Args:
        input_shape: height, width, channels of the raw pixels 0..255; the paper's 227 px, or less.
        num_classes: number of classes.
        image_size: enlarge to this many pixels a side first (bilinear); None: as they come.
        groups: of the second, fourth and fifth convolution: 2 as in the paper, where each half had a GPU of its own
            (60,965,224 parameters at 227 px and 1,000 classes), 1 as most have built it since (62,378,344).
        dense: width of the two hidden dense layers.
        dropout: share of their activations dropped.
        activation: of the last layer: "softmax" for one label an image, "sigmoid" for several.
        augmentation: a layer that changes raw pixels in training only, or None.

    Returns:
        An uncompiled model: raw pixels ``(batch, *input_shape)`` -> probabilities ``(batch, num_classes)``, float32.

    Raises:
        ValueError: pictures too small for its three poolings.
    """
    side = image_size or min(input_shape[:2])
    if side < (smallest := 67):
        raise ValueError(
            f"Expected at least {smallest} px a side, which leave one pixel after AlexNet's poolings. Received: {side}. "
            "Enlarge with image_size."
        )
    inputs = keras.Input(input_shape, name="pixels")
    x = augmentation(inputs) if augmentation is not None else inputs
    if image_size is not None:
        x = ops.image.resize(x, (image_size, image_size))
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(x)
    # The paper draws its weights with a deviation of 0.01 and waits 90 epochs; He's initialisation learns from the start.
    for index, (filters, size, grouped, pooled) in enumerate(
        (
            (96, 11, 1, True),
            (256, 5, groups, True),
            (384, 3, 1, False),
            (384, 3, groups, False),
            (256, 3, groups, True),
        ),
        1,
    ):
        options = {"strides": 4} if index == 1 else {"padding": "same"}
        x = _convolution(x, filters, size, grouped, f"conv{index}", **options)
        if index < 3:
            x = LocalResponseNormalization(name=f"norm{index}")(x)
        if pooled:
            x = layers.MaxPooling2D(3, 2, name=f"pool{index}")(x)
    x = layers.Flatten()(x)
    for index in (6, 7):
        x = layers.Dense(
            dense, activation="relu", kernel_initializer="he_normal", name=f"dense{index}"
        )(x)
        x = layers.Dropout(dropout)(x)
    outputs = layers.Dense(
        num_classes, activation=activation, dtype="float32", name="probabilities"
    )(x)
    return keras.Model(inputs, outputs, name="alexnet")


def _convolution(x, filters: int, size: int, groups: int, name: str, **options):
    """A convolution in groups of channels, built as the paper did, one beside the other: TensorFlow's own grouped
    convolution trains at half the speed on a CPU."""
    options |= {"activation": "relu", "kernel_initializer": "he_normal"}
    if groups == 1:
        return layers.Conv2D(filters, size, name=name, **options)(x)
    parts = ops.split(x, groups, axis=-1)
    names = [f"{name}_{index + 1}" for index in range(groups)]
    each = [
        layers.Conv2D(filters // groups, size, name=n, **options)(p)
        for n, p in zip(names, parts, strict=True)
    ]
    return layers.Concatenate(name=name)(each)
