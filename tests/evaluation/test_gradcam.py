"""Grad-CAM against a map worked out by hand, and the sanity check with random weights."""

import keras
import numpy as np
import pytest
from keras import layers
from scipy.stats import spearmanr

from emotion_lib.evaluation.gradcam import grad_cam, last_feature_maps
from emotion_lib.models.residual import residual

IMAGES = np.array([[[1, 2], [3, 4]], [[4, 0], [0, 8]]], np.uint8)


def by_hand():
    """Return a network with two feature maps, the image and its double, and two classes."""
    model = keras.Sequential(
        [
            keras.Input((2, 2, 1)),
            layers.Conv2D(2, 1, use_bias=False, name="maps"),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(2, activation="softmax"),
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
    no_dense = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 3), layers.Flatten()])
    with pytest.raises(ValueError, match=r"last layer is dense\. Received: Flatten"):
        grad_cam(no_dense, np.zeros((1, 4, 4), np.uint8), 0)
    model = small_network(0)
    inside = [layer.name for layer in model.layers if isinstance(layer, layers.Conv2D)][-1]
    with pytest.raises(ValueError, match="Choose the end of a residual block"):
        grad_cam(model, np.zeros((1, 16, 16), np.uint8), 0, inside)
