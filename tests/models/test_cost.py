import keras

from emotion_lib.models.cost import multiply_adds


def test_multiply_adds_are_those_counted_by_hand():
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, 2, padding="same")(inputs)
    x = keras.layers.DepthwiseConv2D(3, padding="same")(x)
    model = keras.Model(inputs, keras.layers.Dense(5)(keras.layers.Flatten()(x)))
    assert multiply_adds(model) == 16 * 9 * 3 * 4 + 16 * 9 * 4 + 64 * 5


def test_what_is_called_twice_counts_twice():
    dense = keras.layers.Dense(4)
    inputs = keras.Input((4,))
    inner = keras.Model(inputs, dense(dense(inputs)))
    assert multiply_adds(inner) == 2 * 16
    outer = keras.Input((4,))
    both = keras.layers.Average()([inner(outer), inner(inner(outer))])
    assert multiply_adds(keras.Model(outer, both)) == 3 * 2 * 16
    assert multiply_adds(keras.Sequential([keras.Input((4,)), inner, dense])) == 2 * 16 + 16
