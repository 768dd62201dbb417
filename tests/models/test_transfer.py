"""Pre-trained and from-scratch backbones, their stages, cached features, and weights out of a PyTorch file."""

import pickle

import keras
import numpy as np
import pytest

from emotion_lib import training
from emotion_lib.datasets import Split
from emotion_lib.datasets.batches import Batches
from emotion_lib.models import backbones, pretrained, weights
from emotion_lib.models.conversion import portable
from emotion_lib.models.efficientnet_lite import (
    checkpoint_path,
    efficientnet_lite0_backbone,
    load_checkpoint,
)
from emotion_lib.models.torch_checkpoint import read_torch_checkpoint

FACES = np.random.default_rng(0).integers(0, 256, (4, 48, 48, 1)).astype(np.float32)
COUNTS = {
    "vgg16": 14_718_279,
    "resnet50": 23_602_055,
    "efficientnet": 4_058_538,
    "efficientnet_lite0": 3_421_991,
}


@pytest.mark.parametrize("name", COUNTS)
def test_builders_from_scratch(name):
    model = getattr(pretrained, name)(weights=None)
    assert model.count_params() == COUNTS[name]
    assert model.get_layer("backbone").trainable
    copy = portable(model)
    assert all(type(layer).__module__.startswith("keras.") for layer in copy._flatten_layers())
    scores = np.asarray(copy(FACES))
    assert scores.shape == (4, 7) and scores.dtype == np.float32
    np.testing.assert_allclose(np.asarray(model(FACES)), scores, atol=1e-4)


def test_vgg16_with_batch_normalization():
    model = pretrained.vgg16(weights=None, batch_norm=True)
    assert model.count_params() == COUNTS["vgg16"] + 4 * (2 * 64 + 2 * 128 + 3 * 256 + 6 * 512)
    assert backbones.unfreeze(model, 1) == 5
    names = {weight.path.split("/")[-2] for weight in model.trainable_weights}
    assert names >= {"block5_conv1", "block5_conv1_bn"} and not any(
        name.startswith("block4") for name in names
    )
    features = backbones.split_at_features(model)[0](FACES)
    assert np.asarray(features).min() == 0  # the activation is still there


def test_colour_enlarged_to_any_size():
    model = pretrained.vgg16((40, 40, 3), 4, weights=None, image_size=64)
    assert model.get_layer("backbone").input_shape == (None, 64, 64, 3)
    assert np.asarray(model(np.zeros((1, 40, 40, 3), np.float32))).shape == (1, 4)


def test_preprocessing_is_kerass_own():
    """A picture prepared by keras.applications and given to the bare backbone makes the same features."""
    keras.utils.set_random_seed(0)
    model = pretrained.vgg16((32, 32, 3), weights=None)
    picture = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype(np.float32)
    expected = model.get_layer("backbone")(
        keras.applications.vgg16.preprocess_input(picture.copy())
    )
    features, _ = backbones.split_at_features(model)
    np.testing.assert_allclose(
        np.asarray(features(picture)), np.asarray(expected).mean(axis=(1, 2)), rtol=1e-4, atol=1e-5
    )


def test_unfreezing_by_stages():
    model = pretrained.vgg16(weights=None)
    assert backbones.unfreeze(model, 1) == 5
    names = {weight.path.split("/")[-2] for weight in model.trainable_weights}
    assert names == {"block5_conv1", "block5_conv2", "block5_conv3", "probabilities"}
    backbones.unfreeze(model)
    assert len(model.trainable_weights) == 28


@pytest.fixture
def weights_file(tmp_path):
    """A backbone's weights where a download would be."""
    keras.utils.set_random_seed(1)
    backbone = keras.applications.VGG16(include_top=False, weights=None, input_shape=(48, 48, 3))
    backbone.save_weights(tmp_path / "vgg16_notop.weights.h5")
    return tmp_path / "vgg16_notop.weights.h5", backbone


def test_weights_from_a_file_are_frozen(weights_file):
    file, backbone = weights_file
    model = pretrained.vgg16(weights=file)
    assert not model.get_layer("backbone").trainable and len(model.trainable_weights) == 2
    for a, b in zip(model.get_layer("backbone").get_weights(), backbone.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_missing_weights_say_how_to_place_them(tmp_path):
    with pytest.raises(weights.WeightsError, match="weights=None"):
        pretrained.vgg16(weights=tmp_path / "nowhere.h5")
    with pytest.raises(
        ValueError, match="Input size must be at least 32x32"
    ):  # whatever the weights
        pretrained.vgg16((16, 16, 1), weights=tmp_path / "nowhere.h5")
    with pytest.raises(ValueError, match="Received: 'B9'"):
        pretrained.efficientnet(variant="B9")


def test_a_head_trained_on_cached_features_is_one_trained_on_the_images(
    dataset, tmp_path, weights_file
):
    """Same start, same order: the same weights after an epoch."""
    trained = {}
    for way in ("images", "features"):
        keras.utils.set_random_seed(0)
        model = pretrained.vgg16(weights=weights_file[0], dropout=0.0)
        target, splits = model, (dataset.train, dataset.val)
        if way == "features":
            features, target = backbones.split_at_features(model)
            splits = [
                training.cached_features(features, s, tmp_path / f"{len(s)}.npy") for s in splits
            ]
            assert splits[0].images.shape == (56, 512) and splits[0].images.dtype == np.float32
        target.compile(
            keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        batches = [Batches(split, 16, shuffle=i == 0) for i, split in enumerate(splits)]
        training.fit(target, *batches, tmp_path / way, epochs=1, verbose=0)
        trained[way] = model.get_layer("probabilities").get_weights()
    for a, b in zip(*trained.values(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4 * np.abs(a).max())


def test_cached_features_are_made_once_and_anew_for_another_network(dataset, tmp_path):
    file = tmp_path / "features.npy"
    keras.utils.set_random_seed(0)
    networks = [
        backbones.split_at_features(pretrained.efficientnet_lite0(weights=None))[0]
        for _ in range(2)
    ]
    training.cached_features(networks[0], dataset.val, file)
    written = file.stat().st_mtime_ns
    training.cached_features(networks[0], dataset.val, file)
    assert file.stat().st_mtime_ns == written
    networks[1].set_weights([w + 0.01 for w in networks[1].get_weights()])
    training.cached_features(networks[1], dataset.val, file)
    assert file.stat().st_mtime_ns > written


def test_cached_features_depend_on_every_image(tmp_path):
    layers = [keras.Input((4, 4, 1)), keras.layers.Flatten()]
    network = keras.Sequential(layers)
    images = np.zeros((300, 4, 4), np.uint8)
    split = Split(images, np.zeros(300, np.int64))
    training.cached_features(network, split, tmp_path / "features.npy")
    images[151, 2, 2] = 9
    changed = training.cached_features(network, split, tmp_path / "features.npy")
    assert changed.images[151].max() == 9


def test_a_new_head_keeps_what_it_knows(small_model):
    names = tuple("abcdefg")
    base = portable(small_model)
    model = backbones.with_new_head(base, names, ("c", "new", "a"))
    old, new = base.layers[-1].get_weights(), model.get_layer("probabilities").get_weights()
    np.testing.assert_array_equal(new[0][:, [0, 2]], old[0][:, [2, 0]])
    assert not new[0][:, 1].any()
    assert len(model.trainable_weights) == 2
    with pytest.raises(ValueError, match="Received: GlobalAveragePooling2D"):
        backbones.with_new_head(
            keras.Sequential([keras.Input((8, 8, 1)), keras.layers.GlobalAveragePooling2D()]),
            names,
            names,
        )


# ---- EfficientNet-Lite0 and its checkpoint --------------------------------------------------------------------------


def test_imagenet_logits_of_lite0():
    """The first logits of a made-up picture, as the PyTorch original (efficientnet_lite_pytorch 0.1.0, torch 2.13) gives."""
    backbone = efficientnet_lite0_backbone((224, 224, 3), "imagenet")
    outputs = keras.layers.Dense(1000, name="_fc")(
        keras.layers.GlobalAveragePooling2D()(backbone.output)
    )
    model = keras.Model(backbone.input, outputs)
    load_checkpoint(model, checkpoint_path())
    pixels = ((np.arange(224 * 224 * 3).reshape(1, 224, 224, 3) * 7919) % 256).astype(np.float32)
    logits = model.predict_on_batch((pixels - 127) / 128)[0]
    expected = [-1.0408947, 0.39369658, -0.8698056, -1.6580837, -0.664126, -0.3547342]
    np.testing.assert_allclose(logits[:6], expected, atol=1e-4)
    assert logits.argmax() == 904


def test_a_checkpoint_that_would_run_something_is_refused(tmp_path):
    class Bad:
        def __reduce__(self):
            return print, ("run",)

    (tmp_path / "bad.pth").write_bytes(pickle.dumps(Bad()))
    with pytest.raises(ValueError, match=r"Expected a PyTorch checkpoint.*builtins\.print"):
        read_torch_checkpoint(tmp_path / "bad.pth")
    damaged = bytearray(checkpoint_path().read_bytes())
    at = damaged.index(b"_conv_stem.weight")
    shape = damaged.index(
        bytes([ord("K"), 32, ord("K"), 3]), at
    )  # the shape (32, 3, 3, 3), as pickle writes it
    damaged[shape + 1] = 255
    (tmp_path / "damaged.pth").write_bytes(damaged)
    with pytest.raises(ValueError, match="beyond the end of its storage"):
        read_torch_checkpoint(tmp_path / "damaged.pth")
    length = damaged.rindex(
        (864).to_bytes(8, "little")
    )  # of the first layer's 32 x 3 x 3 x 3 values
    damaged[length : length + 8] = b"\xff" * 7 + b"\x0f"
    damaged[shape + 1] = 3
    (tmp_path / "damaged.pth").write_bytes(damaged)
    with pytest.raises(ValueError, match="beyond the end of the file"):
        read_torch_checkpoint(tmp_path / "damaged.pth")
    (tmp_path / "text.pth").write_text("hello")
    with pytest.raises(ValueError, match="Expected a PyTorch checkpoint"):
        read_torch_checkpoint(tmp_path / "text.pth")
