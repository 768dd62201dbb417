"""Parts that several networks are built of."""

from collections.abc import Sequence

from keras import layers

from .normalization import BatchNormalization


def convolution(x, width: int, stride: int = 1, size: int = 3):
    """Return a convolution without bias, followed by batch normalisation.

    Args:
        x: ``(batch, height, width, channels)``.
        width: channels of the output.
        stride: of the kernel.
        size: side of the kernel.
    """
    convolved = layers.Conv2D(
        width, size, stride, padding="same", use_bias=False, kernel_initializer="he_normal"
    )(x)
    return BatchNormalization()(convolved)


def squeeze_and_excite(x, ratio: int):
    """Return features with each channel scaled by a gate that sees the whole image.

    Source: Hu, Shen & Sun, "Squeeze-and-Excitation Networks", CVPR 2018. The gate is two 1x1
    convolutions, which keep the four axes that the product needs.

    Args:
        x: ``(batch, height, width, channels)``.
        ratio: channels of ``x`` per channel of the gate's hidden layer, which has at least four.
    """
    width = x.shape[-1]
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    gate = layers.Conv2D(max(4, width // ratio), 1, activation="relu")(gate)
    gate = layers.Conv2D(width, 1, activation="sigmoid")(gate)
    return layers.Multiply()([x, gate])


def classify(x, num_classes: int, *, dropout: float, activation: str, heads: Sequence[str]):
    """Return the mean features of the image through dropout and a last layer, or one per head.

    Args:
        x: ``(batch, height, width, channels)``.
        num_classes: number of classes.
        dropout: share of the features dropped.
        activation: of the last layer.
        heads: names of several last layers, see :mod:`.heads`; none: a single one.

    Returns:
        Float32 ``(batch, num_classes)``, or a list of them.
    """
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout)(x)
    outputs = []
    for name in heads or (None,):
        last = layers.Dense(num_classes, activation=activation, dtype="float32", name=name)
        outputs.append(last(x))
    return outputs if heads else outputs[0]
