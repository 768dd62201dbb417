import keras
import numpy as np
import pytest

from emotion_lib.models import backbones, pretrained
from emotion_lib.models.conversion import portable


def test_unfreezing_by_stages():
    model = pretrained.vgg16(weights=None)
    assert backbones.unfreeze(model, 1) == 5
    names = {weight.path.split("/")[-2] for weight in model.trainable_weights}
    assert names == {"block5_conv1", "block5_conv2", "block5_conv3", "probabilities"}
    backbones.unfreeze(model)
    assert len(model.trainable_weights) == 28


def test_a_new_head_keeps_the_classes_that_it_knows(small_model):
    names = tuple("abcdefg")
    base = portable(small_model)
    model = backbones.with_new_head(base, names, ("c", "new", "a"))
    old_kernel, _ = base.layers[-1].get_weights()
    new_kernel, _ = model.get_layer("probabilities").get_weights()
    np.testing.assert_array_equal(new_kernel[:, [0, 2]], old_kernel[:, [2, 0]])
    assert not new_kernel[:, 1].any()
    assert len(model.trainable_weights) == 2


def test_a_model_without_a_dense_head_is_refused():
    pooling = keras.layers.GlobalAveragePooling2D()
    model = keras.Sequential([keras.Input((8, 8, 1)), pooling])
    with pytest.raises(ValueError, match="Received: GlobalAveragePooling2D"):
        backbones.with_new_head(model, ("a",), ("b",))
