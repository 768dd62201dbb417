"""Tests of emotion_lib.benchmarks.keras_subjects."""

import keras
import numpy as np

from emotion_lib.benchmarks import keras_subjects


def test_multiply_adds_are_those_of_the_network():
    model = keras_subjects.keras_network(keras_subjects.NOTEBOOK_01, 48, fast=True)
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            total += int(np.prod(layer.output.shape[1:3])) * int(np.prod(layer.kernel.shape))
        elif isinstance(layer, keras.layers.Dense):
            total += int(np.prod(layer.kernel.shape))
    assert keras_subjects.multiply_adds(keras_subjects.NOTEBOOK_01) == total


def test_the_plain_network_has_only_keras_layers_and_as_many_weights():
    fast = keras_subjects.keras_network((8, 16), 48, fast=True)
    plain = keras_subjects.keras_network((8, 16), 48, fast=False)
    assert all(type(layer).__module__.startswith("keras.") for layer in plain.layers)
    assert not all(type(layer).__module__.startswith("keras.") for layer in fast.layers)
    assert fast.count_params() == plain.count_params()
