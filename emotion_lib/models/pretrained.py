"""Networks known from ImageNet with a new head, pre-trained or from scratch.

They take raw gray or RGB pixels 0..255; making three channels, enlarging and the backbone's own
preprocessing are layers. The backbone is a model within the model, named "backbone", so that
:mod:`.backbones` can freeze it, cache its features and unfreeze it by stages.
"""

from collections.abc import Callable

import keras
from keras import layers

from .conversion import with_fast_normalization
from .efficientnet_lite import efficientnet_lite0_backbone
from .weights import Weights, WeightsError

_HOW_TO_GET_WEIGHTS = (
    "With a network connection, Keras downloads the weights once into its cache (KERAS_HOME, by "
    "default ~/.keras). Without one, get the file of the message above (…_notop.h5) and pass its "
    "path as weights, or train from scratch with weights=None; efficientnet_lite0 needs no "
    "download."
)
_VARIANTS = ("B0", "B1", "B2", "B3", "B4", "B5", "B6", "B7")


def vgg16(
    input_shape: tuple[int, int, int] = (48, 48, 1),
    num_classes: int = 7,
    *,
    weights: Weights = "imagenet",
    batch_norm: bool = False,
    **options,
) -> keras.Model:
    """Build VGG16 (Simonyan & Zisserman, 2015).

    Args:
        input_shape: see :func:`with_head`, as ``num_classes``, ``weights`` and ``options``.
        num_classes: number of classes.
        weights: initial weights; those of ImageNet are without batch normalisation.
        batch_norm: normalise after each convolution. From scratch, without it, thirteen layers
            learn nothing in their first epoch.
        options: further arguments of :func:`with_head`.
    """

    def backbone(**arguments) -> keras.Model:
        plain = keras.applications.VGG16(**arguments)
        return _with_batch_normalization(plain) if batch_norm else plain

    return with_head(
        backbone, input_shape, num_classes, weights, preprocess=_caffe_preprocessing, **options
    )


def resnet50(
    input_shape: tuple[int, int, int] = (48, 48, 1),
    num_classes: int = 7,
    *,
    weights: Weights = "imagenet",
    **options,
) -> keras.Model:
    """Build ResNet50 (He et al., 2016); see :func:`with_head` for the arguments."""
    application = keras.applications.ResNet50
    return with_head(
        application, input_shape, num_classes, weights, preprocess=_caffe_preprocessing, **options
    )


def efficientnet(
    input_shape: tuple[int, int, int] = (48, 48, 1),
    num_classes: int = 7,
    *,
    variant: str = "B0",
    weights: Weights = "imagenet",
    **options,
) -> keras.Model:
    """Build EfficientNet (Tan & Le, 2019), which takes raw pixels.

    Args:
        input_shape: see :func:`with_head`, as ``num_classes``, ``weights`` and ``options``.
        num_classes: number of classes.
        variant: "B0" to "B7".
        weights: initial weights.
        options: further arguments of :func:`with_head`.

    Raises:
        ValueError: unknown variant.
    """
    if variant not in _VARIANTS:
        raise ValueError(f"Expected one of {list(_VARIANTS)}. Received: {variant!r}.")
    application = getattr(keras.applications, f"EfficientNet{variant}")
    return with_head(
        application, input_shape, num_classes, weights, preprocess=lambda x: x, **options
    )


def efficientnet_lite0(
    input_shape: tuple[int, int, int] = (48, 48, 1),
    num_classes: int = 7,
    *,
    weights: Weights = "imagenet",
    **options,
) -> keras.Model:
    """Build EfficientNet-Lite0, whose ImageNet weights a Python package holds.

    See :func:`with_head` for the arguments.
    """

    def backbone(*, include_top: bool, weights: Weights, input_shape) -> keras.Model:
        return efficientnet_lite0_backbone(input_shape, weights)

    def preprocess(x):
        return layers.Rescaling(1 / 128, offset=-127 / 128)(x)

    return with_head(backbone, input_shape, num_classes, weights, preprocess=preprocess, **options)


def with_head(
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
    """Build a model of a backbone, the layers before it, and a head.

    Args:
        application: builder of the backbone, called as those of ``keras.applications``.
        input_shape: height, width, channels (1 or 3) of the raw pixels 0..255.
        num_classes: number of classes.
        weights: "imagenet", the path of a weights file of the backbone without its top, or None:
            from scratch.
        preprocess: function from RGB pixels 0..255 to the backbone's input.
        image_size: height and width in pixels to enlarge to first (bilinear); None: no resizing.
        dropout: share of the features dropped before the last layer.
        activation: of the last layer: "softmax" for one label per image, "sigmoid" for several.
        augmentation: layer that changes raw pixels in training only, or None.

    Returns:
        An uncompiled model: raw pixels ``(batch, *input_shape)`` -> probabilities
        ``(batch, num_classes)``, float32. The backbone is frozen if it is pre-trained (see
        :func:`.backbones.unfreeze`), and trainable if it is not.

    Raises:
        WeightsError: the weights are missing, or belong to another network.
        ValueError: the backbone takes no images of this size.

    Example:
        >>> vgg16(weights=None, image_size=96).get_layer("backbone").input_shape
        (None, 96, 96, 3)
    """
    inputs = keras.Input(input_shape, name="pixels")
    x = inputs if augmentation is None else augmentation(inputs)
    if image_size is not None:
        # Not layers.Resizing: called without `training`, it puts the layers after it into training
        # mode (Keras 3.15).
        x = keras.ops.image.resize(x, (image_size, image_size))
    if input_shape[2] == 1:
        x = layers.Concatenate(name="gray_to_rgb")([x, x, x])
    x = preprocess(x)
    backbone = with_fast_normalization(_backbone(application, weights, tuple(x.shape[1:])))
    backbone.name = "backbone"
    backbone.trainable = weights is None
    x = layers.GlobalAveragePooling2D(name="features")(backbone(x))
    x = layers.Dropout(dropout)(x)
    head = layers.Dense(num_classes, activation=activation, dtype="float32", name="probabilities")
    return keras.Model(inputs, head(x))


def _backbone(
    application: Callable[..., keras.Model], weights: Weights, input_shape: tuple[int, int, int]
) -> keras.Model:
    """Return the backbone without its top."""
    arguments = {"include_top": False, "input_shape": input_shape}
    try:
        return application(weights=weights, **arguments)
    except Exception as error:  # keras raises a bare Exception for a failed download
        # Raises the same error if the weights are not its cause, but the image size, for example.
        application(weights=None, **arguments)
        raise WeightsError(
            f"Expected weights={weights!r} for the backbone. Received: {error}\n"
            f"{_HOW_TO_GET_WEIGHTS}"
        ) from error


def _with_batch_normalization(model: keras.Model) -> keras.Model:
    """Return a copy, with new weights, that normalises between each convolution and activation."""

    def copy(layer):
        config = layer.get_config()
        if isinstance(layer, layers.Conv2D):
            config["activation"] = "linear"
        return type(layer).from_config(config)

    def call(layer, *args, **kwargs):
        x = layer(*args, **kwargs)
        if not isinstance(layer, layers.Conv2D):
            return x
        x = layers.BatchNormalization(name=f"{layer.name}_bn")(x)
        activation = model.get_layer(layer.name).activation
        return layers.Activation(activation, name=f"{layer.name}_act")(x)

    return keras.models.clone_model(model, clone_function=copy, call_function=call)


def _caffe_preprocessing(x):
    """Return BGR minus ImageNet's mean, as in ``keras.applications.vgg16.preprocess_input``."""
    x = keras.ops.flip(x, axis=-1)
    return layers.Rescaling(1.0, offset=[-103.939, -116.779, -123.68])(x)
