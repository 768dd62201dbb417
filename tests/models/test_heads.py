"""Two outputs of one network, and each of them as a model of its own."""

import numpy as np
import pytest

from emotion_lib.models.conversion import portable
from emotion_lib.models.folding import folded
from emotion_lib.models.heads import HEADS, LABEL, PERCEIVED, head
from emotion_lib.models.residual import residual


@pytest.fixture
def network():
    return residual(stem=(4,), widths=(4,), blocks=(1,), heads=HEADS)


def test_each_head_can_be_exported_as_the_only_one(network, faces):
    both = network.predict_on_batch(faces)
    for name, expected in zip(HEADS, both, strict=True):
        alone = head(network, name)
        assert alone.output_shape == (None, 7)
        np.testing.assert_allclose(alone.predict_on_batch(faces), expected, atol=1e-6)
        exported = folded(portable(alone))
        np.testing.assert_allclose(exported.predict_on_batch(faces), expected, atol=1e-4)
        assert exported.layers[-1].name == name  # the calibration is folded into the last layer


def test_the_heads_share_everything_but_their_last_layer(network):
    label = {id(weight) for weight in head(network, LABEL).weights}
    perceived = {id(weight) for weight in head(network, PERCEIVED).weights}
    assert len(label - perceived) == 2
    assert len(label & perceived) == len(network.weights) - 4


def test_an_unknown_head_is_refused(network):
    with pytest.raises(ValueError, match="contempt"):
        head(network, "contempt")
