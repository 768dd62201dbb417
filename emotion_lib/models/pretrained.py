"""Networks known from ImageNet, with a head of their own: pre-trained or from scratch, by one argument.

Raw gray or RGB pixels 0..255 go in; making three channels, enlarging and the backbone's own preprocessing are layers. The
backbone is a model within the model, named "backbone", so that it can be frozen, cached and unfrozen by stages.
"""

from collections.abc import Callable

import keras
from keras import layers

from .conversion import with_fast_normalization
from .efficientnet_lite import efficientnet_lite0_backbone
from .weights import Weights, WeightsError

_HOW_TO_PLACE = (
    "With a network, Keras downloads it once into its cache (KERAS_HOME, by default ~/.keras). Without one, bring the file "
    "of the message above (…_notop.h5) and pass its path as weights, or train from scratch with weights=None; "
    "efficientnet_lite0 needs no download."
)


def vgg16(
    input_shape=(48, 48, 1),
    num_classes: int = 7,
    *,
    weights: Weights = "imagenet",
    batch_norm: bool = False,
    **options,
) -> keras.Model:
    """VGG16 (Simonyan & Zisserman, 2015); see :func:`_with_head` for the options.

    ``batch_norm`` normalises after each convolution: from scratch, without it, thirteen layers learn nothing in their first
    epoch. ImageNet's weights are those of the net without.
    """

    def backbone(**arguments) -> keras.Model:
        plain = keras.applications.VGG16(**arguments)
        return _normalized(plain) if batch_norm else plain

    # BGR, minus ImageNet's mean, as the weights were trained (keras.applications.vgg16.preprocess_input).
    return _with_head(backbone, input_shape, num_classes, weights, preprocess=_caffe, **options)


def resnet50(
    input_shape=(48, 48, 1), num_classes: int = 7, *, weights: Weights = "imagenet", **options
) -> keras.Model:
    """ResNet50 (He et al., 2016); see :func:`_with_head` for the options."""
    return _with_head(
        keras.applications.ResNet50, input_shape, num_classes, weights, preprocess=_caffe, **options
    )


def efficientnet(
    input_shape=(48, 48, 1),
    num_classes: int = 7,
    *,
    variant: str = "B0",
    weights: Weights = "imagenet",
    **options,
) -> keras.Model:
    """EfficientNet (Tan & Le, 2019), ``variant`` "B0" to "B7"; see :func:`_with_head` for the options.

    Raises:
        ValueError: no such variant.
    """
    if variant not in (names := [f"B{n}" for n in range(8)]):
        raise ValueError(f"Expected one of {names}. Received: {variant!r}.")
    application = getattr(keras.applications, f"EfficientNet{variant}")  # takes raw pixels
    return _with_head(
        application, input_shape, num_classes, weights, preprocess=lambda x: x, **options
    )


def efficientnet_lite0(
    input_shape=(48, 48, 1), num_classes: int = 7, *, weights: Weights = "imagenet", **options
) -> keras.Model:
    """EfficientNet-Lite0, whose ImageNet weights a pip package holds; see :func:`_with_head` for the options."""

    def backbone(*, include_top: bool, weights: Weights, input_shape) -> keras.Model:
        return efficientnet_lite0_backbone(input_shape, weights)

    def preprocess(x):
        return layers.Rescaling(1 / 128, offset=-127 / 128)(x)

    return _with_head(backbone, input_shape, num_classes, weights, preprocess=preprocess, **options)


def _normalized(model: keras.Model) -> keras.Model:
    """A copy with batch normalisation between each convolution and its activation; weights drawn anew."""

    def copy(layer):
        linear = {"activation": "linear"} if isinstance(layer, layers.Conv2D) else {}
        return type(layer).from_config(layer.get_config() | linear)

    def call(layer, *args, **kwargs):
        x = layer(*args, **kwargs)
        if not isinstance(layer, layers.Conv2D):
            return x
        x = layers.BatchNormalization(name=f"{layer.name}_bn")(x)
        return layers.Activation(model.get_layer(layer.name).activation, name=f"{layer.name}_act")(
            x
        )

    return keras.models.clone_model(model, clone_function=copy, call_function=call)


def _caffe(x):
    x = keras.ops.flip(x, axis=-1)  # RGB -> BGR
    return layers.Rescaling(1.0, offset=[-103.939, -116.779, -123.68])(x)


def _with_head(
    application: Callable[..., keras.Model],
    input_shape: tuple[int, int, int],
    num_classes: int,
    weights: Weights,
    *,
    preprocess: Callable,
    image_size: int | None = None,
    dropout: float = 0.3,
    activation: str = "softmax",
    augmentation: keras.layers.Layer | None = None,
) -> keras.Model:
    """The backbone with what it needs before it and a head behind it.

    Args:
        application: builder of the backbone, called as those of ``keras.applications``.
        input_shape: height, width, channels (1 or 3) of the raw pixels 0..255.
        num_classes: number of classes.
        weights: "imagenet", the path of a weights file of the backbone without its top, or None: from scratch.
        preprocess: what the backbone wants of RGB pixels 0..255.
        image_size: enlarge to this many pixels a side first (bilinear); None: as they come.
        dropout: share of the features dropped before the last layer.
        activation: of the last layer: "softmax" for one label an image, "sigmoid" for several.
        augmentation: a layer that changes raw pixels in training only, or None.

    Returns:
        An uncompiled model: raw pixels ``(batch, *input_shape)`` -> probabilities ``(batch, num_classes)``, float32.
        Its backbone is frozen if it is pre-trained (see :func:`.backbones.unfreeze`), and trainable if not.

    Raises:
        WeightsError: the weights are not here, or are another network's.
        ValueError: the backbone takes no pictures of this size.
    """
    inputs = keras.Input(input_shape, name="pixels")
    x = augmentation(inputs) if augmentation is not None else inputs
    if image_size is not None:
        # Not layers.Resizing: called without `training`, it puts what follows into training mode (Keras 3.15).
        x = keras.ops.image.resize(x, (image_size, image_size))
    if input_shape[2] == 1:
        x = layers.Concatenate(name="gray_to_rgb")([x, x, x])
    x = preprocess(x)
    arguments = {"include_top": False, "input_shape": tuple(x.shape[1:])}
    try:
        backbone = application(weights=weights, **arguments)
    except Exception as error:  # keras raises a bare Exception for a failed download
        application(
            weights=None, **arguments
        )  # raises the same if it is not about the weights: pictures too small, say
        raise WeightsError(
            f"Expected weights={weights!r} for the backbone. Received: {error}\n{_HOW_TO_PLACE}"
        ) from error
    backbone = with_fast_normalization(backbone)
    backbone.name = "backbone"
    backbone.trainable = weights is None
    x = layers.GlobalAveragePooling2D(name="features")(backbone(x))
    x = layers.Dropout(dropout)(x)
    outputs = layers.Dense(
        num_classes, activation=activation, dtype="float32", name="probabilities"
    )(x)
    return keras.Model(inputs, outputs)
