"""Builders, augmentation, normalisation and the portable copy."""

import keras
import numpy as np
import pytest

from emotion_lib.models.cnn import sequential_cnn
from emotion_lib.models.layers import Augmentation
from emotion_lib.models.normalization import BatchNormalization
from emotion_lib.models.portable import portable

FACES = np.random.default_rng(0).integers(0, 256, (4, 48, 48, 1)).astype(np.float32)


@pytest.fixture
def bfloat16():
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy("float32")


# ---- builders -------------------------------------------------------------------------------------------------------


def test_parameter_counts_are_pinned():
    assert sequential_cnn().count_params() == 843_623
    assert sequential_cnn((64, 64, 3), 4).count_params() == 843_620 - 3 * 193 + 3 + 2 * 9 * 32


def test_raw_pixels_in_probabilities_out(small_model):
    scores = np.asarray(small_model(FACES.astype(np.uint8)))
    assert scores.shape == (4, 7) and scores.dtype == np.float32
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)


# ---- augmentation ---------------------------------------------------------------------------------------------------


def augment(images=FACES, seed=1, **options):
    layer = Augmentation(**{"flip": False, "seed": seed, **options})
    return np.asarray(layer(images, training=True))


@pytest.mark.parametrize(
    "options",
    [
        {"flip": True},
        {"rotation": 20.0},
        {"shift": 0.1},
        {"zoom": 0.2},
        {"shear": 8.0},
        {"brightness": 0.2},
        {"contrast": 0.4},
        {"erasing": 1.0},
    ],
    ids=lambda o: next(iter(o)),
)
def test_each_part_changes_training_and_not_inference(options):
    layer = Augmentation(**{"flip": False, "seed": 1, **options})
    assert np.array_equal(np.asarray(layer(FACES, training=False)), FACES)
    changed = np.asarray(layer(np.repeat(FACES, 4, axis=0), training=True))
    assert changed.shape == (16, 48, 48, 1) and not np.array_equal(changed, np.repeat(FACES, 4, axis=0))
    assert changed.min() >= 0 and changed.max() <= 255


def test_nothing_asked_nothing_changed():
    assert np.array_equal(augment(), FACES)


def test_flip_mirrors_exactly():
    many = np.repeat(FACES[:1], 32, axis=0)
    flipped = augment(many, flip=True)
    mirrored = [np.array_equal(image, FACES[0, :, ::-1]) for image in flipped]
    same = [np.array_equal(image, FACES[0]) for image in flipped]
    assert all(a or b for a, b in zip(mirrored, same, strict=True)) and 4 < sum(mirrored) < 28


def test_zoom_keeps_the_centre():
    picture = np.zeros((8, 49, 49, 1), np.float32)
    picture[:, 20:29, 20:29] = 200
    assert (augment(picture, zoom=0.3)[:, 24, 24, 0] == 200).all()


def test_same_seed_same_draws():
    options = {"rotation": 20.0, "erasing": 0.5, "contrast": 0.3}
    assert np.array_equal(augment(seed=5, **options), augment(seed=5, **options))
    assert not np.array_equal(augment(seed=5, **options), augment(seed=6, **options))


def test_augmentation_is_saved_with_its_arguments():
    layer = Augmentation(rotation=10, erasing=0.25, seed=3)
    assert Augmentation.from_config(layer.get_config()).options == layer.options


def test_augmentation_refuses_nonsense():
    with pytest.raises(ValueError, match=r"zoom=1\.5"):
        Augmentation(zoom=1.5)


def test_augmentation_stays_float32_in_mixed_precision(bfloat16):
    assert augment(rotation=10.0).dtype == np.float32


# ---- normalisation --------------------------------------------------------------------------------------------------


def normalised(layer_class, images, policy="float32"):
    """Output, gradients and moving statistics of one training step."""
    keras.utils.set_random_seed(0)
    import tensorflow as tf

    layer = layer_class(dtype=policy, momentum=0.9)
    layer.build(images.shape)
    layer.gamma.assign(np.linspace(0.5, 1.5, images.shape[-1]))
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.cast(layer(x, training=True), "float32")
        loss = tf.reduce_sum(y * tf.constant(np.random.default_rng(1).normal(size=images.shape), tf.float32))
    gradients = tape.gradient(loss, [x, layer.gamma, layer.beta])
    return [np.asarray(v, np.float32) for v in (y, *gradients, layer.moving_mean, layer.moving_variance)]


@pytest.mark.parametrize(("policy", "tolerance"), [("float32", 2e-4), ("mixed_bfloat16", 0.06)])
def test_fused_normalisation_equals_keras(policy, tolerance):
    images = np.random.default_rng(0).normal(3, 2, (16, 12, 12, 8)).astype(np.float32)
    ours = normalised(BatchNormalization, images, policy)
    reference = normalised(keras.layers.BatchNormalization, images)
    for name, a, b in zip(("y", "dx", "dgamma", "dbeta", "mean", "variance"), ours, reference, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * max(1, np.abs(b).max()), err_msg=name)


def test_frozen_normalisation_uses_its_moving_statistics():
    images = np.random.default_rng(0).normal(3, 2, (4, 6, 6, 2)).astype(np.float32)
    layer = BatchNormalization()
    layer.build(images.shape)
    layer.trainable = False
    np.testing.assert_allclose(np.asarray(layer(images, training=True)), images / np.sqrt(1 + 1e-3), rtol=1e-5)
    assert np.asarray(layer.moving_mean).tolist() == [0, 0]


# ---- portable -------------------------------------------------------------------------------------------------------


def test_portable_copy_is_plain_uncompiled_float32(bfloat16):
    model = sequential_cnn(widths=(8,), augmentation=Augmentation(rotation=10))
    model.compile("adam", "sparse_categorical_crossentropy")
    copy = portable(model)
    assert all(type(layer).__module__.startswith("keras.") for layer in copy.layers)
    assert all(layer.dtype_policy.name == "float32" for layer in copy.layers[1:])  # the first only stands for the input
    assert not copy.compiled
    np.testing.assert_allclose(np.asarray(copy(FACES)), np.asarray(model(FACES)), atol=0.02)


def test_portable_copy_of_a_float32_model_is_exact(small_model):
    np.testing.assert_allclose(np.asarray(portable(small_model)(FACES)), np.asarray(small_model(FACES)), atol=1e-6)
