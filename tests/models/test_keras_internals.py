"""One test per private part of Keras that the library depends on."""

import json

import keras
import numpy as np

from emotion_lib.models import keras_internals


def two_branches():
    """Return a model whose input goes to two layers, the sum of which is its output."""
    inputs = keras.Input((4,))
    left = keras.layers.Dense(2, name="left")
    right = keras.layers.Dense(2, name="right")
    add = keras.layers.Add(name="add")
    return keras.Model(inputs, add([left(inputs), right(inputs)]))


def test_flat_layers_reach_into_nested_models():
    inner = two_branches()
    outer = keras.Sequential([keras.Input((4,)), inner, keras.layers.Dense(1, name="last")])
    names = [layer.name for layer in keras_internals.flat_layers(outer)]
    assert {"left", "right", "add", "last", inner.name} <= set(names)


def test_models_inside_a_model_are_replaced_by_their_layers():
    inner = two_branches()
    inputs = keras.Input((4,))
    x = inner(keras.ops.flip(keras.layers.Dense(4, name="left")(inputs), axis=1))
    twice = keras.layers.Dense(2, name="last")
    outer = keras.Model(inputs, twice(twice(keras.Sequential([keras.layers.ReLU()])(x))))
    flat = keras_internals.inlined(outer)
    assert not any(isinstance(layer, keras.Model) for layer in flat.layers)
    assert {"left", "right", "add", "last"} < {layer.name for layer in flat.layers}
    assert keras_internals.calls_in(flat, flat.get_layer("last")) == 2
    numbers = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    before = outer.predict_on_batch(numbers)
    np.testing.assert_allclose(flat.predict_on_batch(numbers), before, rtol=1e-5)
    for layer in flat.layers:
        layer.set_weights([0 * values for values in layer.get_weights()])
    np.testing.assert_array_equal(outer.predict_on_batch(numbers), before)


def test_following_operations_are_those_that_take_the_output():
    model = two_branches()
    add = model.get_layer("add")
    assert keras_internals.following_operations(model.get_layer("left")) == [add]
    input_layer = model.layers[0]
    followers = keras_internals.following_operations(input_layer)
    assert {layer.name for layer in followers} == {"left", "right"}


def test_preceding_operations_are_those_whose_outputs_are_taken():
    model = two_branches()
    sources = keras_internals.preceding_operations(model.get_layer("add"))
    assert {layer.name for layer in sources} == {"left", "right"}


def test_operations_are_recognised_by_the_module_in_a_description():
    inputs = keras.Input((4, 4, 1))
    flipped = keras.ops.flip(inputs, axis=2)
    model = keras.Model(inputs, keras.layers.Flatten()(flipped))
    layers = json.loads(model.to_json())["config"]["layers"]
    found = [keras_internals.is_operation_module(layer.get("module")) for layer in layers]
    assert found == [False, True, False]


def test_random_states_are_those_of_dropout():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.5)])
    (state,) = keras_internals.random_states(model)
    before = np.asarray(state).copy()
    model(np.ones((1, 4)), training=True)
    assert not np.array_equal(np.asarray(state), before)


def test_the_state_of_the_averaging_callback_is_set():
    """With the average in the model, the callback swaps before an epoch; without, it does not."""
    for is_in_model in (True, False):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False)])
        optimizer = keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9)
        model.compile(optimizer, "mse")
        for _ in range(2):  # the first step sets the average to the weights
            model.train_on_batch(np.ones((1, 2)), np.ones((1, 1)))
        callback = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
        callback.set_model(model)
        callback.on_train_begin()
        before = model.get_weights()[0].copy()
        keras_internals.set_average_in_model(callback, is_in_model)
        callback.on_epoch_begin(0)
        assert np.array_equal(model.get_weights()[0], before) == (not is_in_model)


def test_averaging_is_found_inside_a_wrapped_optimizer():
    averaging = keras.optimizers.SGD(use_ema=True)
    assert keras_internals.uses_average(averaging)
    assert keras_internals.uses_average(keras.optimizers.LossScaleOptimizer(averaging))
    assert not keras_internals.uses_average(keras.optimizers.SGD())


def test_muon_asks_the_subclass_which_variables_are_its_own():
    class Halves(keras_internals.SelectiveMuon):
        """Trains matrices by a half of the orthogonalised gradient, all else by AdamW."""

        def uses_adamw(self, variable):
            return len(variable.shape) != 2

        def update_direction(self, gradient, steps):
            return 0.5 * self.orthogonalized(gradient, steps)

    layer = keras.layers.Dense(4)
    layer.build((None, 4))
    before = layer.kernel.numpy()
    optimizer = Halves(0.1, rms_rate=None, weight_decay=None, adam_weight_decay=None)
    optimizer.build(layer.trainable_variables)
    gradients = [keras.ops.eye(4), keras.ops.ones(4)]
    optimizer.apply(gradients)
    step = np.linalg.svd(before - layer.kernel.numpy(), compute_uv=False)
    assert 0.5 * 0.1 * 0.5 < step.min() <= step.max() < 0.5 * 0.1 * 1.3
    assert np.abs(layer.bias.numpy()).max() > 0
