import keras
import numpy as np
import pytest

from emotion_lib.models.augmentation import Augmentation
from emotion_lib.models.conversion import portable, with_fast_normalization
from emotion_lib.models.folding import folded
from emotion_lib.models.keras_internals import flat_layers
from emotion_lib.models.normalization import BatchNormalization
from emotion_lib.models.sequential_cnn import sequential_cnn


def is_standard(layer):
    return type(layer).__module__.startswith("keras.")


def test_portable_copy_is_standard_uncompiled_float32(faces, bfloat16):
    model = sequential_cnn(widths=(8,), augmentation=Augmentation(rotation=10))
    model.compile("adam", "sparse_categorical_crossentropy")
    copy = portable(model)
    assert all(is_standard(layer) for layer in copy.layers)
    # The first layer only stands for the input.
    assert {layer.dtype_policy.name for layer in copy.layers[1:]} == {"float32"}
    assert not copy.compiled
    np.testing.assert_allclose(np.asarray(copy(faces)), np.asarray(model(faces)), atol=0.02)


def test_portable_copy_of_a_float32_model_is_exact(small_model, faces):
    expected = np.asarray(small_model(faces))
    np.testing.assert_allclose(np.asarray(portable(small_model)(faces)), expected, atol=1e-6)


def test_portable_copy_reaches_into_nested_models(small_application, colour_images):
    inputs = keras.Input((32, 32, 3))
    inner = with_fast_normalization(small_application)
    model = keras.Model(inputs, inner(keras.layers.Rescaling(2.0)(inputs)))
    copy = portable(model)
    assert all(is_standard(layer) for layer in flat_layers(copy))
    expected = model.predict_on_batch(colour_images)
    np.testing.assert_allclose(copy.predict_on_batch(colour_images), expected, atol=1e-6)


def test_fast_normalisation_for_networks_of_keras_applications(application, colour_images):
    fast = with_fast_normalization(application)
    types = [type(layer) for layer in fast.layers]
    assert types.count(BatchNormalization) == 52
    assert keras.layers.BatchNormalization not in types
    names = [layer.name for layer in fast.layers[1:]]
    assert names == [layer.name for layer in application.layers[1:]]
    expected = application.predict_on_batch(colour_images)
    np.testing.assert_array_equal(fast.predict_on_batch(colour_images), expected)


def test_fast_normalisation_trains_as_keras_does(small_application, colour_images):
    """One step of plain gradient descent gives the same weights, moving averages included."""
    before = small_application.get_weights()
    models = [small_application, with_fast_normalization(small_application)]
    for model in models:
        model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        model.train_on_batch(np.repeat(colour_images, 4, axis=0), np.arange(16) % 7)
    after = [model.get_weights() for model in models]
    for old, expected, fast in zip(before, *after, strict=True):
        tolerance = 0.02 * np.abs(expected - old).max() + 2e-4
        np.testing.assert_allclose(expected - old, fast - old, rtol=0, atol=tolerance)


@pytest.mark.parametrize("copied", [portable, with_fast_normalization, folded])
def test_copies_keep_the_statistics_of_a_normalization_layer(copied):
    """Such a layer derives its mean and variance from its weights when it is built or loaded."""
    rng = np.random.default_rng(0)
    inputs = keras.Input((8, 8, 1))
    scale = keras.layers.Normalization(mean=None, name="scale")
    model = keras.Model(inputs, keras.layers.Flatten()(scale(inputs)))
    scale.adapt(rng.normal(5, 3, (20, 8, 8, 1)))
    images = rng.normal(5, 3, (2, 8, 8, 1)).astype(np.float32)
    expected = model.predict_on_batch(images)
    np.testing.assert_allclose(copied(model).predict_on_batch(images), expected, atol=1e-6)
