import keras
import numpy as np
import pytest

from emotion_lib import training


def test_every_direction_of_a_kernel_gets_an_equal_step():
    layers = [keras.layers.Conv2D(16, 3), keras.layers.Flatten(), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((8, 8, 3)), *layers])
    before = [weights.copy() for weights in model.get_weights()]
    optimizer = training.Muon(
        0.1, rms_rate=None, weight_decay=None, adam_weight_decay=None, adam_lr_ratio=1 / 30
    )
    optimizer.build(model.trainable_variables)
    rng = np.random.default_rng(0)
    gradients = []
    for weights in before:
        # The directions of the gradients differ a hundredfold in strength.
        gradient = rng.normal(size=weights.shape) * np.logspace(-2, 0, weights.shape[-1])
        gradients.append(keras.ops.convert_to_tensor(gradient.astype(np.float32)))
    optimizer.apply(gradients)
    kernel_step, *other_steps = [
        new - old for old, new in zip(before, model.get_weights(), strict=True)
    ]
    sizes = np.linalg.svd(kernel_step.reshape(-1, 16), compute_uv=False) / 0.1
    assert sizes.max() < 1.3
    assert sizes.min() > 0.5
    for step in other_steps:  # AdamW's first step has one size for all
        assert np.median(np.abs(step)) == pytest.approx(0.1 / 30, rel=0.01)
