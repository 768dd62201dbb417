"""Random weights from the last layer downwards, and maps that notice them or do not."""

from functools import partial

import keras
import numpy as np
import pytest
from keras import layers

from emotion_lib.evaluation.gradcam import grad_cam
from emotion_lib.evaluation.occlusion import occlusion_maps
from emotion_lib.evaluation.sanity import cascade, rank_correlations, with_random_weights

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 12, 12), np.uint8)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    first = layers.Conv2D(4, 3, name="first")
    backbone = keras.Sequential([keras.Input((12, 12, 1)), first, layers.ReLU()])
    whole = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Rescaling(1 / 255),
            backbone,
            layers.Conv2D(4, 3, name="second"),
            layers.BatchNormalization(name="normal"),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", name="last"),
        ]
    )
    normal = whole.get_layer("normal")
    normal.set_weights([values + 0.5 for values in normal.get_weights()])
    # All features speak for each class, so that no Grad-CAM map is empty.
    whole.get_layer("last").set_weights([np.abs(v) for v in whole.get_layer("last").get_weights()])
    return whole


@pytest.mark.parametrize(("count", "changed"), [(0, ""), (1, "last"), (2, "second normal last")])
def test_the_last_layers_are_random_and_the_others_are_not(model, count, changed):
    before = model.get_weights()
    copy = with_random_weights(model, count)
    inside = {"first": model.layers[1].get_layer("first")}
    for name in ("first", "second", "normal", "last"):
        old = inside.get(name) or model.get_layer(name)
        pairs = zip(old.get_weights(), copy.get_layer(name).get_weights(), strict=True)
        same = [np.array_equal(first, second) for first, second in pairs]
        assert all(same) != (name in changed.split()), name
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_random_weights_depend_on_the_seed_alone(model):
    first = with_random_weights(model, 3, seed=1).get_weights()
    keras.utils.set_random_seed(9)
    for one, other in zip(first, with_random_weights(model, 3, seed=1).get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    other = with_random_weights(model, 3, seed=2).get_weights()
    assert not np.array_equal(first[0], other[0])
    # A new normalisation: factor 1, offset 0, mean 0, variance 1.
    weights = with_random_weights(model, 3).get_layer("normal").get_weights()
    assert [values[0] for values in weights] == [1, 0, 0, 1]
    with pytest.raises(ValueError, match="from 0 to 3"):
        with_random_weights(model, 4)


def test_rank_correlations_are_those_of_ranks():
    maps = np.array([[[1.0, 2.0], [3.0, 4.0]]] * 4)
    others = np.array([[[1, 4], [9, 16]], [[4, 3], [2, 1]], [[0, 0], [0, 0]], [[1, 3], [2, 4]]])
    # Of the last pair two neighbours are exchanged: 1 - 6 * 2 / (4 * 15).
    np.testing.assert_allclose(rank_correlations(maps, others), [1, -1, 0, 0.8])


@pytest.mark.parametrize("method", [grad_cam, occlusion_maps])
def test_maps_of_the_network_change_with_its_weights(model, method):
    answers = model.predict_on_batch(IMAGES[..., None]).argmax(axis=1)
    table = cascade(model, partial(method, images=IMAGES, classes=answers), depths=3)
    assert table.index.tolist() == [0, 1, 2, 3]
    assert table["share"].tolist() == [0, 1 / 3, 2 / 3, 1]
    assert table["first"].tolist() == ["", "last", "second", "first"]
    assert table["correlation"].iloc[0] == pytest.approx(1)
    assert (table["correlation"].iloc[1:].abs() < 0.7).all()
    assert ((table["low"] <= table["correlation"]) & (table["correlation"] <= table["high"])).all()


def test_a_map_of_the_image_alone_fails_the_check(model):
    """Edges of the image do not depend on the network: the correlation stays 1."""

    def edges(_):
        return np.abs(np.diff(IMAGES.astype(float), axis=1))

    np.testing.assert_allclose(cascade(model, edges, depths=2)["correlation"], 1)
