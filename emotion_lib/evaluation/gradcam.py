"""Grad-CAM: which places of an image raise a network's score of a class.

Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra, "Grad-CAM: Visual Explanations from Deep
Networks via Gradient-based Localization", ICCV 2017.
"""

from collections.abc import Sequence
from functools import partial

import keras
import numpy as np
from keras import layers

from ..models.conversion import flat
from ..models.keras_internals import output_operation

# Images whose gradients are computed together.
_BATCH_SIZE = 128
_KERNEL_LAYERS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)


def grad_cam(
    model: keras.Model,
    images: np.ndarray,
    classes: int | Sequence[int] | np.ndarray,
    layer: str | None = None,
) -> np.ndarray:
    """Compute the Grad-CAM map of each image.

    The map is the sum of a layer's feature maps, each weighted with the mean gradient of the
    class's score with respect to it. Negative sums become zero. The score is the value before the
    last softmax or sigmoid, as in the paper. A model that ends in something else, such as classes
    in another order, is explained by its output itself.

    Args:
        model: raw pixels 0..255 -> one row of class scores; it may hold other models as layers. It
            is not changed.
        images: uint8 ``(n, height, width)`` or ``(n, height, width, channels)``.
        classes: index of the explained class, for all images or one per image.
        layer: name of a layer with feature maps, through which everything passes that reaches the
            output; None: the last one, see :func:`last_feature_maps`.

    Returns:
        float32 ``(n, rows, columns)`` in the resolution of the layer, zero or greater. Each map has
        a scale of its own: only its proportions have a meaning.

    Raises:
        ValueError: several outputs, no layer with feature maps, such as in an ensemble, one that a
            connection passes by, channels before rows and columns, or an unknown class.

    Example:
        >>> from emotion_lib.models.residual import residual
        >>> grad_cam(residual(), np.zeros((2, 48, 48), np.uint8), classes=3).shape
        (2, 6, 6)
    """
    pixels = images if images.ndim == 4 else images[..., None]
    network, scores = _before_activation(model)
    features = _output_of(network, layer or _last_feature_maps(network, scores, model))
    to_scores = _rest_of(features, scores)
    if to_scores is None:
        raise ValueError(
            "Expected a layer through which everything passes that reaches the output. Received: "
            f"{layer!r}, which a connection passes by. Choose the end of a residual block."
        )
    one_hot = _one_hot(classes, len(pixels), scores.shape[-1])
    to_features = keras.Model(network.inputs[0], features)
    found = []
    for start in range(0, len(pixels), _BATCH_SIZE):
        batch = slice(start, start + _BATCH_SIZE)
        maps = np.asarray(to_features.predict_on_batch(pixels[batch]), np.float32)
        weights = _gradients(to_scores, maps, one_hot[batch]).mean(axis=(1, 2), keepdims=True)
        found.append(np.maximum((weights * maps).sum(axis=-1), 0.0))
    return np.concatenate(found)


def last_feature_maps(model: keras.Model) -> str:
    """Return the name of the last layer whose output has several places and leads to all scores.

    It lies behind a convolution, and no connection passes it by. It may belong to a model inside
    the model.

    Raises:
        ValueError: there is none.

    Example:
        >>> maps = layers.Conv2D(2, 3, name="maps")
        >>> last_feature_maps(keras.Sequential([keras.Input((8, 8, 1)), maps, layers.Flatten()]))
        'maps'
    """
    network, scores = _before_activation(model)
    return _last_feature_maps(network, scores, model)


def _before_activation(model: keras.Model) -> tuple[keras.Model, keras.KerasTensor]:
    """Return a flat copy of a model, and in it the scores before the last softmax or sigmoid."""
    if len(model.inputs) != 1 or len(model.outputs) != 1 or len(model.output_shape) != 2:
        raise ValueError(
            "Expected a model of one image and one row of scores. Received: outputs "
            f"{model.output_shape}. Choose one of several outputs by emotion_lib.models.heads.head."
        )
    for layer in model.layers:
        if getattr(layer, "data_format", None) == "channels_first":
            raise ValueError(
                "Expected feature maps (batch, rows, columns, channels). Received: channels first "
                f"in {layer.name!r}. Build the model with data_format='channels_last'."
            )
    network = flat(model)
    last = output_operation(network)
    activation = _activation(last)
    if activation is None:
        return network, network.outputs[0]
    if not getattr(last, "weights", ()):  # a layer or operation of its own
        return network, last.input
    linear = type(last).from_config({**last.get_config(), "activation": None, "name": "scores"})
    scores = linear(last.input)
    linear.set_weights(last.get_weights())
    return network, scores


def _activation(operation: keras.Operation) -> str | None:
    """Return "softmax" or "sigmoid" if an operation ends in one of them."""
    if isinstance(operation, layers.Layer) and not isinstance(operation, layers.Softmax):
        name = getattr(getattr(operation, "activation", None), "__name__", "")
    else:
        name = type(operation).__name__.lower()
    return name if name in ("softmax", "sigmoid") else None


def _last_feature_maps(network: keras.Model, scores: keras.KerasTensor, model: keras.Model) -> str:
    """Return the name of the last operation of a flat model that can be explained."""
    behind_convolution = []
    for operation in network.operations:
        if behind_convolution or isinstance(operation, _KERNEL_LAYERS):
            behind_convolution.append(operation)
    for operation in reversed(behind_convolution):
        shape: tuple[int | None, ...] = getattr(operation.output, "shape", ())
        has_places = len(shape) == 4 and shape[1:3] != (1, 1)
        if has_places and _rest_of(operation.output, scores) is not None:
            return operation.name
    inside = [layer.name for layer in model.layers if isinstance(layer, keras.Model)]
    advice = "Use a convolutional network."
    if len(inside) > 1:
        advice = f"Explain its networks one by one: grad_cam(model.get_layer({inside[0]!r}), ...)."
    raise ValueError(
        "Expected a model that has a layer with feature maps (batch, rows, columns, channels), "
        f"through which all scores are computed. Received: {model.name!r} without one. {advice}"
    )


def _output_of(network: keras.Model, name: str) -> keras.KerasTensor:
    """Return the output of the operation with a name."""
    for operation in network.operations:
        if operation.name == name:
            return operation.output
    names = [operation.name for operation in network.operations]
    raise ValueError(f"Expected one of the layers {names}. Received: {name!r}.")


def _rest_of(features: keras.KerasTensor, scores: keras.KerasTensor) -> keras.Model | None:
    """Return the model from feature maps to scores; None if the maps are not enough for them."""
    try:
        return keras.Model(features, scores)
    except ValueError:  # a connection passes by
        return None


def _one_hot(classes: int | Sequence[int] | np.ndarray, n: int, num_classes: int) -> np.ndarray:
    """Return a row per image with 1 for its class."""
    chosen = np.broadcast_to(classes, n)
    if n and not (chosen.min() >= 0 and chosen.max() < num_classes):
        raise ValueError(
            f"Expected classes from 0 to {num_classes - 1}. Received: {chosen.min()} to "
            f"{chosen.max()}."
        )
    return np.eye(num_classes, dtype=np.float32)[chosen]


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
