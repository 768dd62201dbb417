"""Fixtures for the tests of networks."""

import keras
import numpy as np
import pytest


@pytest.fixture(scope="session")
def faces() -> np.ndarray:
    """Return four noise images: float32 ``(4, 48, 48, 1)``, 0..255."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (4, 48, 48, 1)).astype(np.float32)


@pytest.fixture(scope="session")
def colour_images() -> np.ndarray:
    """Return four noise images: float32 ``(4, 32, 32, 3)``, -1..1."""
    return np.random.default_rng(0).uniform(-1, 1, (4, 32, 32, 3)).astype(np.float32)


@pytest.fixture
def bfloat16():
    """Let Keras compute in mixed bfloat16 for one test."""
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy("float32")


def with_moving_statistics(model: keras.Model) -> keras.Model:
    """Return the model with moving statistics as a training leaves them, after one pass."""
    normalizations = [
        layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)
    ]
    for layer in normalizations:
        layer.momentum = 0.0
    images = np.random.default_rng(1).uniform(-1, 1, (16, *model.input_shape[1:]))
    model(images.astype(np.float32), training=True)
    for layer in normalizations:
        layer.momentum = 0.9
    return model


@pytest.fixture(scope="session")
def application() -> keras.Model:
    """Return a network of keras.applications with depthwise layers, branches and ReLU6."""
    keras.utils.set_random_seed(0)
    model = keras.applications.MobileNetV2(
        weights=None, input_shape=(32, 32, 3), classes=7, alpha=0.35
    )
    return with_moving_statistics(model)


@pytest.fixture
def small_application() -> keras.Model:
    """Return a network with the layers of MobileNetV2, but few of them."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(8, 3, 2, padding="same", use_bias=False)(inputs)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    branch = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    branch = layers.ReLU(6.0)(layers.BatchNormalization()(branch))
    branch = layers.Conv2D(8, 1, use_bias=False)(branch)
    x = layers.Add()([x, layers.BatchNormalization()(branch)])
    x = layers.GlobalAveragePooling2D()(x)
    return with_moving_statistics(keras.Model(inputs, layers.Dense(7, activation="softmax")(x)))


@pytest.fixture(scope="session")
def nested_application(application) -> keras.Model:
    """Return a model that holds the application as one of its layers."""
    inputs = keras.Input((32, 32, 3))
    return keras.Model(inputs, application(keras.layers.Rescaling(2.0)(inputs)))
