"""Grad-CAM: which places of an image raise a network's score of a class.

Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra, "Grad-CAM: Visual Explanations from Deep
Networks via Gradient-based Localization", ICCV 2017.
"""

from collections.abc import Sequence
from functools import partial

import keras
import numpy as np
from keras import layers


def grad_cam(
    model: keras.Model,
    images: np.ndarray,
    classes: int | Sequence[int] | np.ndarray,
    layer: str | None = None,
) -> np.ndarray:
    """Compute the Grad-CAM map of each image.

    The map is the sum of a layer's feature maps, each weighted with the mean gradient of the
    class's score with respect to it. Negative sums become zero. The score is the last layer's
    value before the softmax, as in the paper.

    Args:
        model: raw pixels 0..255 -> class scores; its last layer is dense. It is not changed.
        images: uint8 ``(n, height, width)`` or ``(n, height, width, channels)``.
        classes: index of the explained class, for all images or one per image.
        layer: name of a layer with feature maps, through which everything passes that reaches the
            output; None: the last one with more than one place.

    Returns:
        float32 ``(n, rows, columns)`` in the resolution of the layer, zero or greater. Each map has
        a scale of its own: only its proportions have a meaning.

    Raises:
        ValueError: no layer with feature maps, one that a connection passes by, or the last layer
            is not dense.

    Example:
        >>> from emotion_lib.models.residual import residual
        >>> grad_cam(residual(), np.zeros((2, 48, 48), np.uint8), classes=3).shape
        (2, 6, 6)
    """
    pixels = images if images.ndim == 4 else images[..., None]
    features = model.get_layer(layer or last_feature_maps(model)).output
    scores = _scores_from(features, model)
    maps = np.asarray(keras.Model(model.inputs[0], features).predict_on_batch(pixels), np.float32)
    chosen = np.broadcast_to(classes, len(maps))
    one_hot = np.eye(scores.output_shape[-1], dtype=np.float32)[chosen]
    weights = _gradients(scores, maps, one_hot).mean(axis=(1, 2), keepdims=True)
    return np.maximum((weights * maps).sum(axis=-1), 0.0)


def last_feature_maps(model: keras.Model) -> str:
    """Return the name of a model's last layer whose output has more than one place.

    Raises:
        ValueError: there is none.

    Example:
        >>> last_feature_maps(keras.Sequential([keras.Input((8, 8, 1)), layers.ReLU(name="maps")]))
        'maps'
    """
    for layer in reversed(model.layers):
        shape: tuple[int | None, ...] = getattr(layer.output, "shape", ())
        if len(shape) == 4 and shape[1:3] != (1, 1):
            return layer.name
    raise ValueError(
        "Expected a model that has a layer with feature maps (batch, rows, columns, channels). "
        f"Received: {model.name!r} without one. Use a convolutional network."
    )


def _scores_from(features, model: keras.Model) -> keras.Model:
    """Return the model from feature maps to the scores before the softmax."""
    last = model.layers[-1]
    if not isinstance(last, layers.Dense):
        raise ValueError(
            f"Expected a model whose last layer is dense. Received: {type(last).__name__} "
            f"{last.name!r}."
        )
    linear = layers.Dense(last.units, use_bias=last.use_bias, dtype="float32")
    try:
        scores = keras.Model(features, linear(last.input))
    except ValueError as error:
        raise ValueError(
            "Expected a layer through which everything passes that reaches the output. Received: "
            f"one that a connection passes by ({error}). Choose the end of a residual block."
        ) from None
    linear.set_weights(last.get_weights())
    return scores


class _WithAddedZeros(layers.Layer):
    """A network whose input gets a weight of zeros added: the weight's gradient is the input's."""

    def __init__(self, network: keras.Model, shape: tuple[int, ...]):
        super().__init__(dtype="float32")
        # Not an attribute that Keras recognises as a layer: its weights are not to be trained. And
        # training mode would switch on dropout and the batch's own statistics.
        self._network = partial(network, training=False)
        self._zeros = self.add_weight(shape=shape, initializer="zeros", dtype="float32")

    def call(self, maps):
        return self._network(maps + self._zeros)


def _gradients(scores: keras.Model, maps: np.ndarray, one_hot: np.ndarray) -> np.ndarray:
    """Return the gradient of each image's chosen score with respect to its feature maps.

    Keras has no function for gradients that works with every backend, but its training does: after
    one step of plain gradient descent with learning rate 1, zeros are minus the loss's gradient.
    """
    network = _WithAddedZeros(scores, maps.shape)
    trained = keras.Sequential([network])

    def loss(chosen, values):
        # Keras takes the mean over the images.
        return -len(maps) * keras.ops.sum(chosen * values, axis=-1)

    # Eagerly: tracing or compiling takes longer than the single step.
    trained.compile(keras.optimizers.SGD(1.0), loss, run_eagerly=True, jit_compile=False)
    trained.train_on_batch(maps, one_hot)
    return np.asarray(network.get_weights()[0])
