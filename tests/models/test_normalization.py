import keras
import numpy as np
import pytest

from emotion_lib.models.normalization import BatchNormalization


def training_step(layer_class, images, policy="float32"):
    """Return output, gradients and moving statistics of one training step."""
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    layer = layer_class(dtype=policy, momentum=0.9)
    layer.build(images.shape)
    layer.gamma.assign(np.linspace(0.5, 1.5, images.shape[-1]))
    x = tf.constant(images)
    factors = tf.constant(np.random.default_rng(1).normal(size=images.shape), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.cast(layer(x, training=True), "float32")
        loss = tf.reduce_sum(y * factors)
    gradients = tape.gradient(loss, [x, layer.gamma, layer.beta])
    values = {
        "y": y,
        "dx": gradients[0],
        "dgamma": gradients[1],
        "dbeta": gradients[2],
        "mean": layer.moving_mean,
        "variance": layer.moving_variance,
    }
    return {name: np.asarray(value, np.float32) for name, value in values.items()}


@pytest.mark.parametrize(("policy", "tolerance"), [("float32", 2e-4), ("mixed_bfloat16", 0.06)])
def test_fused_normalisation_equals_keras(policy, tolerance):
    images = np.random.default_rng(0).normal(3, 2, (16, 12, 12, 8)).astype(np.float32)
    fused = training_step(BatchNormalization, images, policy)
    reference = training_step(keras.layers.BatchNormalization, images)
    for name, expected in reference.items():
        largest = max(1, np.abs(expected).max())
        np.testing.assert_allclose(
            fused[name], expected, rtol=tolerance, atol=tolerance * largest, err_msg=name
        )


def test_frozen_normalisation_uses_its_moving_statistics():
    images = np.random.default_rng(0).normal(3, 2, (4, 6, 6, 2)).astype(np.float32)
    layer = BatchNormalization()
    layer.build(images.shape)
    layer.trainable = False
    outputs = np.asarray(layer(images, training=True))
    np.testing.assert_allclose(outputs, images / np.sqrt(1 + 1e-3), rtol=1e-5)
    assert np.asarray(layer.moving_mean).tolist() == [0, 0]
