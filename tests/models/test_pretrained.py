import keras
import numpy as np
import pytest

from emotion_lib.models import backbones, pretrained
from emotion_lib.models.conversion import portable
from emotion_lib.models.keras_internals import flat_layers
from emotion_lib.models.weights import WeightsError

COUNTS = {
    "vgg16": 14_718_279,
    "resnet50": 23_602_055,
    "efficientnet": 4_058_538,
    "efficientnet_lite0": 3_421_991,
}


@pytest.mark.parametrize("name", COUNTS)
def test_builders_from_scratch(name, faces):
    model = getattr(pretrained, name)(weights=None)
    assert model.count_params() == COUNTS[name]
    assert model.get_layer("backbone").trainable
    copy = portable(model)
    assert all(type(layer).__module__.startswith("keras.") for layer in flat_layers(copy))
    scores = np.asarray(copy(faces))
    assert scores.shape == (4, 7)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(np.asarray(model(faces)), scores, atol=1e-4)


def test_vgg16_with_batch_normalization(faces):
    model = pretrained.vgg16(weights=None, batch_norm=True)
    assert model.count_params() == COUNTS["vgg16"] + 4 * (2 * 64 + 2 * 128 + 3 * 256 + 6 * 512)
    assert backbones.unfreeze(model, 1) == 5
    names = {weight.path.split("/")[-2] for weight in model.trainable_weights}
    assert names >= {"block5_conv1", "block5_conv1_bn"}
    assert not any(name.startswith("block4") for name in names)
    features, _ = backbones.split_at_features(model)
    assert np.asarray(features(faces)).min() == 0  # the activation is still there


def test_colour_images_are_enlarged_to_any_size():
    model = pretrained.vgg16((40, 40, 3), 4, weights=None, image_size=64)
    assert model.get_layer("backbone").input_shape == (None, 64, 64, 3)
    assert np.asarray(model(np.zeros((1, 40, 40, 3), np.float32))).shape == (1, 4)


def test_preprocessing_is_that_of_keras_applications():
    keras.utils.set_random_seed(0)
    model = pretrained.vgg16((32, 32, 3), weights=None)
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype(np.float32)
    prepared = keras.applications.vgg16.preprocess_input(images.copy())
    expected = np.asarray(model.get_layer("backbone")(prepared)).mean(axis=(1, 2))
    features, _ = backbones.split_at_features(model)
    np.testing.assert_allclose(np.asarray(features(images)), expected, rtol=1e-4, atol=1e-5)


def test_weights_from_a_file_are_loaded_and_frozen(tmp_path):
    keras.utils.set_random_seed(1)
    file = tmp_path / "vgg16_notop.weights.h5"
    expected = keras.applications.VGG16(include_top=False, weights=None, input_shape=(48, 48, 3))
    expected.save_weights(file)
    model = pretrained.vgg16(weights=file)
    backbone = model.get_layer("backbone")
    assert not backbone.trainable
    assert len(model.trainable_weights) == 2
    for loaded, saved in zip(backbone.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(loaded, saved)


def test_missing_weights_say_how_to_get_them(tmp_path):
    with pytest.raises(WeightsError, match="weights=None"):
        pretrained.vgg16(weights=tmp_path / "nowhere.h5")


def test_impossible_sizes_and_variants_are_refused_as_such(tmp_path):
    with pytest.raises(ValueError, match="Input size must be at least 32x32"):
        pretrained.vgg16((16, 16, 1), weights=tmp_path / "nowhere.h5")
    with pytest.raises(ValueError, match="Received: 'B9'"):
        pretrained.efficientnet(variant="B9")
