import keras

from emotion_lib.models.cost import multiply_adds


def test_multiply_adds_are_those_counted_by_hand():
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, 2, padding="same")(inputs)
    x = keras.layers.DepthwiseConv2D(3, padding="same")(x)
    model = keras.Model(inputs, keras.layers.Dense(5)(keras.layers.Flatten()(x)))
    assert multiply_adds(model) == 16 * 9 * 3 * 4 + 16 * 9 * 4 + 64 * 5
