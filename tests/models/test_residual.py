import keras
import numpy as np
import pytest

from emotion_lib.models.augmentation import Augmentation
from emotion_lib.models.conversion import portable, rounded
from emotion_lib.models.folding import folded
from emotion_lib.models.residual import residual


def layers_of(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


def test_parameter_counts_are_pinned():
    assert residual().count_params() == 1_228_359
    assert residual(stem=(32, 64), blocks=(2, 2, 2)).count_params() == 2_798_503
    assert residual(squeeze=8).count_params() == 1_250_367


def test_a_resnet18_at_full_resolution_inside():
    resnet = residual(stem=(64,), stem_stride=1, widths=(64, 128, 256, 512), blocks=(2, 2, 2, 2))
    assert resnet.count_params() == 11_180_871
    sums = [layer.output.shape[1] for layer in layers_of(resnet, keras.layers.Add)]
    assert sums == [48, 48, 24, 24, 12, 12, 6, 6]


def test_strides_and_squeeze_of_single_stages(faces):
    model = residual(
        stem=(8,), widths=(8, 8, 8), blocks=(1, 1, 1), strides=(1, 2, 1), squeeze=2, squeeze_from=1
    )
    sums = [layer.output.shape[1] for layer in layers_of(model, keras.layers.Add)]
    assert sums == [24, 12, 12]
    gated = [layer.output.shape[1] for layer in layers_of(model, keras.layers.Multiply)]
    assert gated == [12, 12]
    np.testing.assert_allclose(model.predict_on_batch(faces).sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("stem", [(8,), (4, 8), (8, 8, 8)])
def test_stem_and_stages_halve_the_side_and_scores_are_probabilities(faces, stem):
    model = residual(
        stem=stem, widths=(8, 16, 24), blocks=(1, 2, 1), augmentation=Augmentation(flip=True)
    )
    scores = model.predict_on_batch(faces)
    np.testing.assert_allclose(scores.sum(1), 1, atol=1e-5)
    sides = [layer.output.shape[1] for layer in layers_of(model, keras.layers.Conv2D)]
    assert sides[: len(stem)] == [48] * (len(stem) - 1) + [24]
    last_sum = layers_of(model, keras.layers.Add)[-1]
    assert last_sum.output.shape[1:] == (6, 6, 24)


def test_light_and_contrast_change_nothing_and_a_flat_image_is_no_error(faces):
    model = residual(stem=(8,), widths=(8,), blocks=(1,))
    dim = faces * 0.4 + 90.0
    expected = model.predict_on_batch(faces)
    np.testing.assert_allclose(model.predict_on_batch(dim), expected, atol=1e-3)
    assert np.isfinite(model.predict_on_batch(np.full_like(faces, 200))).all()


def test_with_the_block_at_zero_the_shortcut_alone_remains(faces):
    """With its last normalisation at zero, a block without a stride is the identity."""
    model = residual(stem=(8,), widths=(8,), blocks=(1,))
    stem = keras.Model(model.inputs[0], layers_of(model, keras.layers.ReLU)[0].output)
    layers_of(model, keras.layers.BatchNormalization)[-1].gamma.assign(np.zeros(8))
    added = keras.Model(model.inputs[0], layers_of(model, keras.layers.Add)[0].output)
    np.testing.assert_allclose(added(faces), stem(faces), atol=1e-6)


def test_it_can_be_exported_folded_and_rounded(faces):
    model = residual(stem=(4, 8), widths=(8, 16), blocks=(1, 1))
    shipped = rounded(folded(portable(model)))
    assert not layers_of(shipped, keras.layers.BatchNormalization)
    assert all(type(layer).__module__.startswith("keras.") for layer in shipped.layers)
    expected = model.predict_on_batch(faces)
    np.testing.assert_allclose(shipped.predict_on_batch(faces), expected, atol=5e-3)


def test_widths_and_blocks_of_different_length_are_refused():
    with pytest.raises(ValueError, match=r"one number of blocks per stage \(3\)"):
        residual(blocks=(2, 2))
    with pytest.raises(ValueError, match=r"one stride per stage \(3\)"):
        residual(strides=(1, 2))
