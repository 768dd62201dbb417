import keras
import numpy as np
import pytest

from emotion_lib.errors import ModelError
from emotion_lib.models.wrapping import as_probabilities, final_activation, from_raw_pixels


@pytest.fixture(scope="module")
def model():
    """Return a network of another origin: images of 20 px, three classes."""
    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.Conv2D(4, 3, activation="relu"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3, activation="softmax"),
    ]
    return keras.Sequential([keras.Input((20, 20, 1)), *layers])


def test_pixels_are_scaled_and_resized(model, faces):
    wrapped = from_raw_pixels(model, scaling="-1..1")
    small = keras.ops.image.resize(faces, (20, 20))
    expected = np.asarray(model(small / 127.5 - 1))
    np.testing.assert_allclose(np.asarray(wrapped(faces)), expected, atol=1e-5)
    # Called without `training`, the model is not in training mode.
    assert abs(np.asarray(wrapped(faces)) - wrapped.predict_on_batch(faces)).max() < 1e-5


def test_each_image_may_be_standardised(model, faces):
    wrapped = from_raw_pixels(model, scaling="standardised")
    small = np.asarray(keras.ops.image.resize(faces, (20, 20)))
    mean = np.mean(small, axis=(1, 2, 3), keepdims=True)
    deviation = np.std(small, axis=(1, 2, 3), keepdims=True)
    expected = np.asarray(model((small - mean) / deviation))
    np.testing.assert_allclose(np.asarray(wrapped(faces)), expected, atol=1e-3)


def test_colour_becomes_gray(model, faces):
    wrapped = from_raw_pixels(model, (20, 20, 3), scaling="0..1")
    gray = np.repeat(faces[:, :20, :20], 3, axis=-1)
    expected = np.asarray(model(gray[..., :1] / 255))
    np.testing.assert_allclose(np.asarray(wrapped(gray)), expected, atol=1e-4)


def test_an_unknown_scaling_is_refused(model):
    with pytest.raises(ValueError, match=r"Received: '0\.\.255'"):
        from_raw_pixels(model, scaling="0..255")


def test_classes_come_in_the_order_asked_for(model, faces):
    scores = np.asarray(from_raw_pixels(model, scaling="none")(faces))
    options = {"scaling": "none", "class_names": ("a", "b", "c")}
    turned = from_raw_pixels(model, **options, target_names=("c", "a", "b"))
    np.testing.assert_allclose(np.asarray(turned(faces)), scores[:, [2, 0, 1]], atol=1e-6)
    fewer = from_raw_pixels(model, **options, target_names=("c", "a"))
    expected = scores[:, [2, 0]] / scores[:, [2, 0]].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.asarray(fewer(faces)), expected, atol=1e-5)
    with pytest.raises(ValueError, match=r"without \['d'\]"):
        from_raw_pixels(model, **options, target_names=("d",))


def test_as_many_class_names_as_outputs_are_required(model):
    with pytest.raises(ValueError, match=r"Expected 3 class names.*Received: 2"):
        from_raw_pixels(model, scaling="none", class_names=("a", "b"))


def test_models_that_take_no_images_are_refused_with_advice():
    flat = keras.Sequential([keras.Input((2304,)), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match=r"flat rows of 2304 numbers. Put keras.layers.Flatten"):
        from_raw_pixels(flat, scaling="0..1")
    inputs = [keras.Input((4, 4, 1)), keras.Input((4, 4, 1))]
    with pytest.raises(ValueError, match="2 inputs"):
        from_raw_pixels(keras.Model(inputs, keras.layers.Add()(inputs)), scaling="0..1")


def ending(outputs, activation=None, *, last=None):
    """Return a small network of pictures with this end."""
    keras.utils.set_random_seed(0)
    inner = [keras.layers.Flatten(), keras.layers.Dense(outputs, activation)]
    return keras.Sequential([keras.Input((4, 4, 1)), *inner, *(last or [])])


@pytest.fixture
def small_faces(faces):
    return faces[:, :4, :4] / 255


def test_logits_get_a_softmax(small_faces):
    model = ending(3)
    scores = np.asarray(as_probabilities(model, logits=True)(small_faces))
    powers = np.exp(np.asarray(model(small_faces)))
    np.testing.assert_allclose(scores, powers / powers.sum(axis=1, keepdims=True), atol=1e-6)
    assert as_probabilities(model) is model  # nothing says that they are logits
    with pytest.raises(ModelError, match="ends in a softmax"):
        as_probabilities(ending(3, "softmax"), logits=True)


@pytest.mark.parametrize(
    "model",
    [
        ending(1, "sigmoid"),
        ending(1, last=[keras.layers.Activation("sigmoid")]),
        keras.Sequential([keras.Input((4, 4, 1)), ending(1, "sigmoid")]),
    ],
)
def test_one_sigmoid_becomes_two_classes(model, small_faces):
    scores = np.asarray(as_probabilities(model)(small_faces))
    second = np.asarray(model(small_faces))
    np.testing.assert_allclose(scores, np.concatenate([1 - second, second], axis=1), atol=1e-6)


def test_one_logit_becomes_two_classes(small_faces):
    model = ending(1)
    scores = np.asarray(as_probabilities(model, logits=True)(small_faces))
    second = 1 / (1 + np.exp(-np.asarray(model(small_faces))))
    np.testing.assert_allclose(scores[:, 1:], second, atol=1e-6)
    with pytest.raises(ModelError, match="single output without a sigmoid"):
        as_probabilities(model)


def test_several_sigmoids_and_softmaxes_stay():
    several = ending(3, "sigmoid")
    assert as_probabilities(several) is several
    assert final_activation(several) == "sigmoid"
    layer = ending(3, last=[keras.layers.Softmax()])
    assert as_probabilities(layer) is layer
    assert final_activation(layer) == "softmax"
    assert final_activation(ending(3, "relu")) is None
