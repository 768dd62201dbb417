"""Grad-CAM of every kind of model that is exported, against maps worked out by hand."""

import keras
import numpy as np
import pytest
from keras import layers
from scipy.stats import spearmanr

from emotion_lib import artifacts
from emotion_lib.evaluation.calibration import Scaling
from emotion_lib.evaluation.gradcam import grad_cam, last_feature_maps
from emotion_lib.models.alexnet import alexnet
from emotion_lib.models.ensemble import ensemble
from emotion_lib.models.heads import head
from emotion_lib.models.keras_internals import flat_layers
from emotion_lib.models.pretrained import with_head
from emotion_lib.models.residual import residual
from emotion_lib.models.sequential_cnn import sequential_cnn
from emotion_lib.models.vgg import squeezed_vgg
from emotion_lib.models.wrapping import as_probabilities, from_raw_pixels

IMAGES = np.array([[[1, 2], [3, 4]], [[4, 0], [0, 8]]], np.uint8)


def by_hand(activation="softmax"):
    """Return a network with two feature maps, the image and its double, and two classes."""
    model = keras.Sequential(
        [
            keras.Input((2, 2, 1)),
            layers.Conv2D(2, 1, use_bias=False, name="maps"),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(2, activation=activation),
        ]
    )
    model.get_layer("maps").set_weights([np.array([[[[1.0, 2.0]]]])])
    # By place (row by row) and map. Class 0: the means over the places are 1 of the first map and
    # -0.25 of the second. Class 1: -1 and 0.
    kernel = np.zeros((4, 2, 2), np.float32)
    kernel[:, 0, 0] = [1, 0, 0, 3]
    kernel[:, 1, 0] = [-1, 0, 0, 0]
    kernel[:, 0, 1] = [-4, 0, 0, 0]
    model.layers[-1].set_weights([kernel.reshape(8, 2), np.array([0.5, 0.0])])
    return model


def test_the_map_is_the_one_worked_out_by_hand():
    maps = grad_cam(by_hand(), IMAGES, 0)
    assert maps.dtype == np.float32
    # 1 * image - 0.25 * 2 * image
    np.testing.assert_allclose(maps, IMAGES / 2, rtol=1e-6)


def test_places_that_speak_against_a_class_are_zero():
    maps = grad_cam(by_hand(), IMAGES, [0, 1])
    np.testing.assert_allclose(maps[0], IMAGES[0] / 2, rtol=1e-6)
    np.testing.assert_array_equal(maps[1], 0)


def with_layer(layer):
    model = by_hand(activation=None)
    model.add(layer)
    return model


def with_operation():
    model = by_hand(activation=None)
    return keras.Model(model.inputs, keras.ops.softmax(model.outputs[0]))


def with_backbone():
    """Return the network with its convolution in a model of its own, the pixels tripled."""
    whole = by_hand()
    backbone = keras.Sequential([keras.Input((2, 2, 1)), layers.Rescaling(1 / 3)], name="backbone")
    backbone.add(whole.get_layer("maps"))
    inputs = keras.Input((2, 2, 1))
    x = backbone(layers.Rescaling(3.0)(inputs))
    for layer in whole.layers[1:]:
        x = layer(x)
    return keras.Model(inputs, x)


def with_two_heads():
    whole = by_hand()
    features = whole.layers[-1].input
    other = layers.Dense(3, activation="softmax", name="other")(features)
    whole.layers[-1].name = "label"
    return keras.Model(whole.inputs[0], [whole.outputs[0], other])


KINDS = {
    "softmax": by_hand,
    "sigmoid": lambda: by_hand("sigmoid"),
    "logits": lambda: by_hand(None),
    "softmax as a layer": lambda: with_layer(layers.Softmax()),
    "activation as a layer": lambda: with_layer(layers.Activation("sigmoid")),
    "softmax as an operation": with_operation,
    "one of two heads": lambda: head(with_two_heads(), "label"),
    "with a backbone": with_backbone,
    "inside a model": lambda: from_raw_pixels(by_hand(), (2, 2, 1), scaling="none"),
    "member of an ensemble": lambda: ensemble([by_hand(), by_hand()]).get_layer("member_1"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_has_the_same_map(kind):
    maps = grad_cam(KINDS[kind](), IMAGES, [0, 1])
    np.testing.assert_allclose(maps[0], IMAGES[0] / 2, rtol=1e-6)
    np.testing.assert_array_equal(maps[1], 0)


def test_a_scaled_head_scales_the_map_and_an_exported_model_keeps_it(tmp_path):
    model = by_hand()
    Scaling(temperature=2.0, bias=(0.1, 0.2)).fold(model)
    artifacts.export(model, tmp_path / "model.keras", ("happy", "sad"))
    loaded, _ = artifacts.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(grad_cam(loaded, IMAGES, 0), IMAGES / 4, rtol=1e-6)


def test_probabilities_made_of_probabilities_keep_the_proportions():
    """One sigmoid as two classes, and classes in another order: explained by the output itself."""
    small = IMAGES / 255
    two = by_hand("sigmoid")
    features = two.layers[-1].input
    one = as_probabilities(keras.Model(two.inputs[0], layers.Dense(1, "sigmoid")(features)))
    kernel, bias = two.layers[-1].get_weights()
    dense = [layer for layer in one.layers if isinstance(layer, layers.Dense)][-1]
    dense.set_weights([kernel[:, :1], bias[:1]])
    swapped = from_raw_pixels(
        by_hand(),
        (2, 2, 1),
        scaling="none",
        class_names=("happy", "sad"),
        target_names=("sad", "happy"),
    )
    for model in (one, swapped):
        (maps,) = grad_cam(model, small[:1], 1)
        np.testing.assert_allclose(maps / maps.max(), IMAGES[0] / 4, rtol=1e-4)


def test_scores_of_a_convolution_and_a_maximum_are_explained_too():
    inputs = keras.Input((2, 2, 1))
    maps = layers.Conv2D(2, 1, use_bias=False)
    last = layers.Conv2D(2, 1, use_bias=False)
    x = layers.GlobalMaxPooling2D()(last(maps(inputs)))
    model = keras.Model(inputs, layers.Softmax()(x))
    maps.set_weights([np.array([[[[1.0, 2.0]]]])])
    last.set_weights([np.array([[[[1.0, 0.0], [0.5, 1.0]]]])])
    # The maps are the scores of each place. Only the largest place of class 0, with 1 + 0.5 * 2
    # times the pixel, reaches its score: the mean gradient over 4 places is 1/4.
    np.testing.assert_allclose(grad_cam(model, IMAGES, 0), 2 * IMAGES / 4, rtol=1e-6)
    # By the layer before: the mean gradients are 1/4 and 0.5/4, the maps once and twice the image.
    np.testing.assert_allclose(
        grad_cam(model, IMAGES, 0, maps.name), (0.25 + 0.125 * 2) * IMAGES, rtol=1e-6
    )


def tiny_backbone(*, include_top, weights, input_shape):
    inputs = keras.Input(input_shape)
    x = layers.Conv2D(4, 3, strides=4, use_bias=False)(inputs)
    return keras.Model(inputs, layers.ReLU()(layers.BatchNormalization()(x)))


FAMILIES = {
    "sequential": (lambda: sequential_cnn(widths=(4, 8)), (12, 12)),
    "squeeze-and-excitation": (lambda: squeezed_vgg(widths=(4, 8), blocks=(1, 1)), (22, 22)),
    "grouped": (lambda: alexnet((48, 48, 1), 5, image_size=67, dense=8), (3, 3)),
    "pre-trained": (
        lambda: with_head(
            tiny_backbone, (48, 48, 1), 7, None, preprocess=layers.Rescaling(1 / 255), image_size=64
        ),
        (16, 16),
    ),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_gradient_is_that_of_tensorflow(family):
    """The same map by another way: a tape over a flat copy, from its last maps to the logits."""
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("the tape records TensorFlow alone")
    build, places = FAMILIES[family]
    keras.utils.set_random_seed(0)
    model = build()
    images = np.random.default_rng(0).integers(0, 256, (3, 48, 48), np.uint8)
    maps = grad_cam(model, images, [0, 1, 2])
    assert maps.shape == (3, *places)
    np.testing.assert_allclose(maps, by_tape(tf, model, images, places), rtol=1e-3, atol=1e-7)


def by_tape(tf, model, images, places):
    """Return the maps of the classes 0, 1, 2 by a tape that watches each layer as it is called."""
    seen = {}
    last = model.layers[-1]

    def watched(layer):
        call = layer.call

        def wrapper(*args, **kwargs):
            outputs = call(*args, **kwargs)
            seen[layer.name] = outputs
            return outputs

        layer.call = wrapper

    for layer in flat_layers(model):
        if not isinstance(layer, keras.Model):
            watched(layer)
    activation = last.activation
    last.activation = keras.activations.linear
    with tf.GradientTape(persistent=True) as tape:
        pixels = tf.constant(images[..., None], tf.float32)
        tape.watch(pixels)
        scores = model(pixels, training=False)
        chosen = tf.reduce_sum(scores * tf.one_hot([0, 1, 2], scores.shape[-1]))
    last.activation = activation
    with_places = [maps for maps in seen.values() if tuple(maps.shape[1:3]) == places]
    features = with_places[-1]
    weights = tf.reduce_mean(tape.gradient(chosen, features), axis=(1, 2), keepdims=True)
    return np.maximum(np.sum(weights * features, axis=-1), 0)


def small_network(seed):
    keras.utils.set_random_seed(seed)
    return residual((16, 16, 1), 3, stem=(8,), widths=(8, 16), blocks=(1, 1))


def test_the_model_stays_as_it_is():
    model = small_network(0)
    weights = model.get_weights()
    images = np.random.default_rng(0).integers(0, 256, (4, 16, 16), np.uint8)
    before = model.predict_on_batch(images[..., None])
    assert grad_cam(model, images, 1).shape == (4, 4, 4)
    np.testing.assert_array_equal(model.predict_on_batch(images[..., None]), before)
    for old, new in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert not model.compiled


def test_the_map_depends_on_the_weights():
    """Sanity check of Adebayo et al. (2018): another map with random weights, not the image's."""
    model = small_network(0)
    images = np.random.default_rng(0).integers(0, 256, (8, 16, 16), np.uint8)
    first = grad_cam(model, images, 0)
    np.testing.assert_allclose(grad_cam(model, images, 0), first, rtol=1e-5)
    other = grad_cam(small_network(1), images, 0)
    assert abs(spearmanr(first.ravel(), other.ravel()).statistic) < 0.5


def test_the_last_feature_maps_are_those_before_the_average():
    model = small_network(0)
    name = last_feature_maps(model)
    assert model.get_layer(name).output.shape == (None, 4, 4, 16)
    images = np.zeros((1, 16, 16), np.uint8)
    np.testing.assert_array_equal(grad_cam(model, images, 0, name), grad_cam(model, images, 0))


def test_models_that_cannot_be_explained_are_refused():
    flat = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    with pytest.raises(ValueError, match="Use a convolutional network"):
        last_feature_maps(flat)
    with pytest.raises(ValueError, match=r"Choose one of several outputs by .*heads\.head"):
        grad_cam(with_two_heads(), IMAGES, 0)
    with pytest.raises(ValueError, match=r"one by one: grad_cam\(model.get_layer\('member_0'"):
        grad_cam(ensemble([by_hand(), by_hand()]), IMAGES, 0)
    first = layers.Conv2D(2, 1, data_format="channels_first")
    turned = keras.Sequential([keras.Input((1, 2, 2)), first, layers.Flatten()])
    with pytest.raises(ValueError, match="channels first"):
        grad_cam(turned, IMAGES[:, None], 0)
    with pytest.raises(ValueError, match=r"from 0 to 1\. Received: 0 to 2"):
        grad_cam(by_hand(), IMAGES, [0, 2])
    model = small_network(0)
    inside = [layer.name for layer in model.layers if isinstance(layer, layers.Conv2D)][-1]
    images = np.zeros((1, 16, 16), np.uint8)
    with pytest.raises(ValueError, match="Choose the end of a residual block"):
        grad_cam(model, images, 0, inside)
    with pytest.raises(ValueError, match=r"Expected one of the layers .* Received: 'other'"):
        grad_cam(model, images, 0, "other")
