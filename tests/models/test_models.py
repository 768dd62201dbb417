"""Builders, augmentation, normalisation and the portable copy."""

import zipfile

import keras
import numpy as np
import pytest

from emotion_lib import artifacts
from emotion_lib.models.alexnet import alexnet
from emotion_lib.models.augmentation import Augmentation
from emotion_lib.models.conversion import portable, with_fast_normalization
from emotion_lib.models.cost import multiply_adds
from emotion_lib.models.folding import folded
from emotion_lib.models.layers import LocalResponseNormalization
from emotion_lib.models.normalization import BatchNormalization
from emotion_lib.models.sequential_cnn import sequential_cnn

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
    assert changed.shape == (16, 48, 48, 1) and not np.array_equal(
        changed, np.repeat(FACES, 4, axis=0)
    )
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
        loss = tf.reduce_sum(
            y * tf.constant(np.random.default_rng(1).normal(size=images.shape), tf.float32)
        )
    gradients = tape.gradient(loss, [x, layer.gamma, layer.beta])
    return [
        np.asarray(v, np.float32) for v in (y, *gradients, layer.moving_mean, layer.moving_variance)
    ]


@pytest.mark.parametrize(("policy", "tolerance"), [("float32", 2e-4), ("mixed_bfloat16", 0.06)])
def test_fused_normalisation_equals_keras(policy, tolerance):
    images = np.random.default_rng(0).normal(3, 2, (16, 12, 12, 8)).astype(np.float32)
    ours = normalised(BatchNormalization, images, policy)
    reference = normalised(keras.layers.BatchNormalization, images)
    for name, a, b in zip(
        ("y", "dx", "dgamma", "dbeta", "mean", "variance"), ours, reference, strict=True
    ):
        np.testing.assert_allclose(
            a, b, rtol=tolerance, atol=tolerance * max(1, np.abs(b).max()), err_msg=name
        )


def test_frozen_normalisation_uses_its_moving_statistics():
    images = np.random.default_rng(0).normal(3, 2, (4, 6, 6, 2)).astype(np.float32)
    layer = BatchNormalization()
    layer.build(images.shape)
    layer.trainable = False
    np.testing.assert_allclose(
        np.asarray(layer(images, training=True)), images / np.sqrt(1 + 1e-3), rtol=1e-5
    )
    assert np.asarray(layer.moving_mean).tolist() == [0, 0]


# ---- portable -------------------------------------------------------------------------------------------------------


def test_portable_copy_is_plain_uncompiled_float32(bfloat16):
    model = sequential_cnn(widths=(8,), augmentation=Augmentation(rotation=10))
    model.compile("adam", "sparse_categorical_crossentropy")
    copy = portable(model)
    assert all(type(layer).__module__.startswith("keras.") for layer in copy.layers)
    assert all(
        layer.dtype_policy.name == "float32" for layer in copy.layers[1:]
    )  # the first only stands for the input
    assert not copy.compiled
    np.testing.assert_allclose(np.asarray(copy(FACES)), np.asarray(model(FACES)), atol=0.02)


def test_portable_copy_of_a_float32_model_is_exact(small_model):
    np.testing.assert_allclose(
        np.asarray(portable(small_model)(FACES)), np.asarray(small_model(FACES)), atol=1e-6
    )


@pytest.fixture
def application():
    """A net of keras.applications with statistics as training leaves them: depthwise layers, branches, ReLU6."""
    keras.utils.set_random_seed(0)
    model = keras.applications.MobileNetV2(
        weights=None, input_shape=(32, 32, 3), classes=7, alpha=0.35
    )
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0  # one pass sets the moving statistics
    model(
        np.random.default_rng(1).uniform(-1, 1, (16, 32, 32, 3)).astype(np.float32), training=True
    )
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.9
    return model


COLOUR = np.random.default_rng(0).uniform(-1, 1, (4, 32, 32, 3)).astype(np.float32)


def nested(model):
    inputs = keras.Input((32, 32, 3))
    return keras.Model(inputs, model(keras.layers.Rescaling(2.0)(inputs)))


def test_portable_copy_reaches_into_nested_models(application):
    model = nested(with_fast_normalization(application))
    copy = portable(model)
    assert all(type(layer).__module__.startswith("keras.") for layer in copy._flatten_layers())
    np.testing.assert_allclose(
        copy.predict_on_batch(COLOUR), model.predict_on_batch(COLOUR), atol=1e-6
    )


# ---- the same function, faster --------------------------------------------------------------------------------------


def test_fast_normalisation_for_nets_of_keras_applications(application):
    fast = with_fast_normalization(application)
    ours = [layer for layer in fast.layers if type(layer) is BatchNormalization]
    assert len(ours) == 52 and not any(
        type(layer) is keras.layers.BatchNormalization for layer in fast.layers
    )
    assert [layer.name for layer in fast.layers[1:]] == [
        layer.name for layer in application.layers[1:]
    ]
    np.testing.assert_array_equal(
        fast.predict_on_batch(COLOUR), application.predict_on_batch(COLOUR)
    )


def test_fast_normalisation_trains_as_keras_does(application):
    """One step of plain gradient descent: the same weights after it, moving averages included."""
    before, after = application.get_weights(), []
    for model in (application, with_fast_normalization(application)):
        model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        model.train_on_batch(np.repeat(COLOUR, 4, axis=0), np.arange(16) % 7)
        after.append(model.get_weights())
    for old, a, b in zip(before, *after, strict=True):
        np.testing.assert_allclose(
            a - old, b - old, rtol=0, atol=0.02 * np.abs(a - old).max() + 2e-4
        )


def test_folding_leaves_the_outputs(application):
    for model in (application, nested(application)):
        scores = model.predict_on_batch(COLOUR)
        assert (
            scores.std(axis=0).max() > 1e-3
        )  # the pictures are told apart, so equality means something
        np.testing.assert_allclose(
            folded(model).predict_on_batch(COLOUR), scores, rtol=0, atol=1e-4
        )
    count = sum(
        isinstance(layer, keras.layers.BatchNormalization)
        for layer in folded(application)._flatten_layers()
    )
    assert count == 0


def test_folding_spares_what_does_not_follow_a_linear_layer():
    inputs = keras.Input((8, 8, 2))
    x = keras.layers.Conv2D(4, 3)(inputs)
    y = keras.layers.BatchNormalization(moving_variance_initializer="random_uniform")(x)
    outputs = keras.layers.GlobalAveragePooling2D()(
        keras.layers.Add()([x, y])
    )  # the convolution is seen twice
    model = keras.Model(inputs, outputs)
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 2)).astype(np.float32)
    np.testing.assert_allclose(
        folded(model).predict_on_batch(images), model.predict_on_batch(images), atol=1e-5
    )


def test_folding_in_bfloat16_keeps_float32_probabilities(small_model):
    quick = folded(small_model, "mixed_bfloat16")
    scores = quick.predict_on_batch(FACES)
    assert scores.dtype == np.float32 and quick.layers[2].compute_dtype == "bfloat16"
    np.testing.assert_allclose(scores, small_model.predict_on_batch(FACES), atol=0.02)


@pytest.mark.parametrize("copied", [portable, with_fast_normalization, folded])
def test_copies_keep_the_statistics_of_a_normalization_layer(copied):
    """Weights alone do not: the layer derives its mean and variance from them only when it is built or loaded."""
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(
        inputs, keras.layers.Flatten()(keras.layers.Normalization(mean=None, name="scale")(inputs))
    )
    model.get_layer("scale").adapt(np.random.default_rng(0).normal(5, 3, (20, 8, 8, 1)))
    images = np.random.default_rng(1).normal(5, 3, (2, 8, 8, 1)).astype(np.float32)
    np.testing.assert_allclose(
        copied(model).predict_on_batch(images), model.predict_on_batch(images), atol=1e-6
    )


def test_multiply_adds_by_hand():
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, 2, padding="same")(inputs)
    x = keras.layers.DepthwiseConv2D(3, padding="same")(x)
    model = keras.Model(inputs, keras.layers.Dense(5)(keras.layers.Flatten()(x)))
    assert multiply_adds(model) == 16 * 9 * 3 * 4 + 16 * 9 * 4 + 64 * 5


# ---- AlexNet --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("groups", "parameters"), [(2, 60_965_224), (1, 62_378_344)])
def test_alexnet_is_as_large_as_the_papers(groups, parameters):
    assert alexnet(groups=groups).count_params() == parameters


def test_alexnet_leaves_the_library_with_the_same_scores(tmp_path):
    keras.utils.set_random_seed(0)
    model = alexnet((48, 48, 1), 5, image_size=67, dense=16, activation="sigmoid")
    faces = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 1)).astype(np.uint8)
    file = artifacts.export(model, tmp_path / "model.keras", list("abcde"))
    assert "emotion_lib" not in zipfile.ZipFile(file).read("config.json").decode()
    scores = np.asarray(keras.models.load_model(file)(faces))
    np.testing.assert_allclose(scores, np.asarray(model(faces)), atol=1e-5)
    assert scores.shape == (3, 5) and scores.dtype == np.float32
    with pytest.raises(ValueError, match=r"at least 67 px.*Received: 48"):
        alexnet((48, 48, 1))


def test_local_response_normalization_by_the_papers_formula():
    x = np.random.default_rng(0).normal(0, 30, (2, 3, 3, 8)).astype(np.float32)
    expected = np.empty_like(x)
    for i in range(8):
        near = x[..., max(0, i - 2) : i + 3].astype(float)
        expected[..., i] = x[..., i] / (2 + 1e-4 * (near**2).sum(-1)) ** 0.75
    np.testing.assert_allclose(np.asarray(LocalResponseNormalization()(x)), expected, rtol=1e-5)
    with pytest.raises(ValueError, match="odd size"):
        LocalResponseNormalization(4)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_local_response_normalisation_is_the_same_in_mixed_precision(policy):
    """Small activations hardly change the sum and large ones overflow float16 when squared; neither may be lost."""
    x = np.repeat([[1.0, 5.0, 300.0]], 12, axis=0).T.reshape(1, 1, 3, 12)
    exact = np.asarray(LocalResponseNormalization(alpha=0.001, dtype="float32")(x))
    mixed = LocalResponseNormalization(alpha=0.001, dtype=policy)(x)
    # 2 + 0.001 * 5 * 5^2 = 2.125, which adding in bfloat16 would round to 2.
    step = 2.0**-8 if policy == "mixed_bfloat16" else 2.0**-11
    np.testing.assert_allclose(np.asarray(mixed, np.float32), exact, rtol=step)
