"""AlexNet (Krizhevsky, Sutskever & Hinton, "ImageNet Classification with Deep CNNs", NIPS 2012)."""

from typing import NamedTuple

import keras
from keras import layers, ops

from .layers import LocalResponseNormalization

_SMALLEST_SIDE = 67  # leaves one pixel after the three poolings


class _Convolution(NamedTuple):
    filters: int
    size: int
    is_grouped: bool
    is_pooled: bool


_CONVOLUTIONS = (
    _Convolution(96, 11, is_grouped=False, is_pooled=True),
    _Convolution(256, 5, is_grouped=True, is_pooled=True),
    _Convolution(384, 3, is_grouped=False, is_pooled=False),
    _Convolution(384, 3, is_grouped=True, is_pooled=False),
    _Convolution(256, 3, is_grouped=True, is_pooled=True),
)


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
    """Build AlexNet: five convolutions, three of them pooled, and three dense layers.

    Args:
        input_shape: height, width, channels of the raw pixels 0..255; 227 px in the paper.
        num_classes: number of classes.
        image_size: height and width in pixels to enlarge to first (bilinear); None: no resizing.
        groups: of the second, fourth and fifth convolution. 2 as in the paper, where each half had
            its own GPU (60,965,224 parameters at 227 px and 1,000 classes); 1 as in most later
            implementations (62,378,344).
        dense: width of the two hidden dense layers.
        dropout: share of their activations dropped.
        activation: of the last layer: "softmax" for one label per image, "sigmoid" for several.
        augmentation: layer that changes raw pixels in training only, or None.

    Returns:
        An uncompiled model: raw pixels ``(batch, *input_shape)`` -> probabilities
        ``(batch, num_classes)``, float32.

    Raises:
        ValueError: images too small for the three poolings.

    Example:
        >>> alexnet((48, 48, 1), 26, image_size=67, activation="sigmoid").output_shape
        (None, 26)
    """
    side = image_size or min(input_shape[:2])
    if side < _SMALLEST_SIDE:
        raise ValueError(
            f"Expected at least {_SMALLEST_SIDE} px per side, which leave one pixel after "
            f"AlexNet's poolings. Received: {side}. Enlarge with image_size."
        )
    inputs = keras.Input(input_shape, name="pixels")
    x = inputs if augmentation is None else augmentation(inputs)
    if image_size is not None:
        x = ops.image.resize(x, (image_size, image_size))
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(x)
    for number, convolution in enumerate(_CONVOLUTIONS, start=1):
        options = {"strides": 4} if number == 1 else {"padding": "same"}
        group_count = groups if convolution.is_grouped else 1
        x = _grouped_convolution(
            x, convolution.filters, convolution.size, group_count, f"conv{number}", options
        )
        if number < 3:
            x = LocalResponseNormalization(name=f"norm{number}")(x)
        if convolution.is_pooled:
            x = layers.MaxPooling2D(3, 2, name=f"pool{number}")(x)
    x = layers.Flatten()(x)
    for number in (6, 7):
        hidden = layers.Dense(
            dense, activation="relu", kernel_initializer="he_normal", name=f"dense{number}"
        )
        x = layers.Dropout(dropout)(hidden(x))
    head = layers.Dense(num_classes, activation=activation, dtype="float32", name="probabilities")
    return keras.Model(inputs, head(x), name="alexnet")


def _grouped_convolution(x, filters: int, size: int, groups: int, name: str, options: dict):
    """Return a convolution in groups of channels, one beside the other as in the paper.

    TensorFlow's own grouped convolution trains at half the speed on a CPU. The paper draws initial
    weights with a deviation of 0.01 and waits 90 epochs; He's initialisation learns from the start.
    """
    options = options | {"activation": "relu", "kernel_initializer": "he_normal"}
    if groups == 1:
        return layers.Conv2D(filters, size, name=name, **options)(x)
    outputs = []
    for number, part in enumerate(ops.split(x, groups, axis=-1), start=1):
        layer = layers.Conv2D(filters // groups, size, name=f"{name}_{number}", **options)
        outputs.append(layer(part))
    return layers.Concatenate(name=name)(outputs)
