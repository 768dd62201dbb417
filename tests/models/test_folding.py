import keras
import numpy as np

from emotion_lib.models.folding import folded
from emotion_lib.models.keras_internals import flat_layers


def test_folding_keeps_the_outputs(application, nested_application, colour_images):
    for model in (application, nested_application):
        scores = model.predict_on_batch(colour_images)
        assert scores.std(axis=0).max() > 1e-3  # the images differ, so that equality is a test
        copy = folded(model)
        np.testing.assert_allclose(copy.predict_on_batch(colour_images), scores, rtol=0, atol=1e-4)
        types = [type(layer) for layer in flat_layers(copy)]
        assert keras.layers.BatchNormalization not in types


def test_a_convolution_whose_output_is_used_twice_is_not_folded():
    inputs = keras.Input((8, 8, 2))
    x = keras.layers.Conv2D(4, 3)(inputs)
    y = keras.layers.BatchNormalization(moving_variance_initializer="random_uniform")(x)
    outputs = keras.layers.GlobalAveragePooling2D()(keras.layers.Add()([x, y]))
    model = keras.Model(inputs, outputs)
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 2)).astype(np.float32)
    expected = model.predict_on_batch(images)
    np.testing.assert_allclose(folded(model).predict_on_batch(images), expected, atol=1e-5)


def test_folding_in_bfloat16_keeps_float32_probabilities(small_model, faces):
    copy = folded(small_model, "mixed_bfloat16")
    scores = copy.predict_on_batch(faces)
    assert scores.dtype == np.float32
    assert copy.layers[2].compute_dtype == "bfloat16"
    np.testing.assert_allclose(scores, small_model.predict_on_batch(faces), atol=0.02)
