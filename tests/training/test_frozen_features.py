import keras
import numpy as np
import pytest

from emotion_lib import training
from emotion_lib.datasets import Split
from emotion_lib.datasets.batches import Batches
from emotion_lib.models.backbones import split_at_features
from emotion_lib.models.pretrained import with_head


@pytest.fixture
def weights_file(tmp_path):
    """Write the weights of a small backbone; return the file."""
    file = tmp_path / "backbone.weights.h5"
    keras.utils.set_random_seed(1)
    small_backbone(include_top=False, weights=None, input_shape=(48, 48, 3)).save_weights(file)
    return file


def small_backbone(*, include_top, weights, input_shape):
    """Build a backbone as those of keras.applications are built."""
    inputs = keras.Input(input_shape)
    x = keras.layers.Conv2D(8, 3, 4, activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.Conv2D(16, 3, 2, activation="relu")(x))
    if weights is not None:
        model.load_weights(weights)
    return model


def frozen_model(weights_file):
    keras.utils.set_random_seed(0)
    return with_head(
        small_backbone, (48, 48, 1), 7, weights_file, preprocess=lambda x: x / 255, dropout=0.0
    )


def trained_head(model, target, splits, folder):
    """Train a target that holds the head of a model; return the head's weights."""
    optimizer = keras.optimizers.SGD(0.01)
    target.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    train = Batches(splits[0], 16, shuffle=True)
    val = Batches(splits[1], 16)
    training.fit(target, train, val, folder, epochs=1, verbose=0)
    return model.get_layer("probabilities").get_weights()


def test_a_head_trained_on_features_is_the_one_trained_on_images(dataset, tmp_path, weights_file):
    splits = [dataset.train, dataset.val]
    model = frozen_model(weights_file)
    on_images = trained_head(model, model, splits, tmp_path / "images")
    model = frozen_model(weights_file)
    features, head = split_at_features(model)
    cached = []
    for split in splits:
        cached.append(training.cached_features(features, split, tmp_path / f"{len(split)}.npy"))
    assert cached[0].images.shape == (56, 16)
    assert cached[0].images.dtype == np.float32
    on_features = trained_head(model, head, cached, tmp_path / "features")
    for a, b in zip(on_images, on_features, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4 * np.abs(a).max())


def test_features_are_computed_once_per_network(dataset, tmp_path, weights_file):
    file = tmp_path / "features.npy"
    features, _ = split_at_features(frozen_model(weights_file))
    training.cached_features(features, dataset.val, file)
    written = file.stat().st_mtime_ns
    training.cached_features(features, dataset.val, file)
    assert file.stat().st_mtime_ns == written
    features.set_weights([weights + 0.01 for weights in features.get_weights()])
    training.cached_features(features, dataset.val, file)
    assert file.stat().st_mtime_ns > written


def test_features_depend_on_every_image(tmp_path):
    network = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten()])
    images = np.zeros((300, 4, 4), np.uint8)
    split = Split(images, np.zeros(300, np.int64))
    training.cached_features(network, split, tmp_path / "features.npy")
    images[151, 2, 2] = 9
    changed = training.cached_features(network, split, tmp_path / "features.npy")
    assert changed.images[151].max() == 9
