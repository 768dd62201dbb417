import keras
import numpy as np
import pytest

from emotion_lib.models.augmentation import Augmentation
from emotion_lib.models.conversion import portable, rounded
from emotion_lib.models.folding import folded
from emotion_lib.models.residual import residual

FACES = np.random.default_rng(0).integers(0, 256, (4, 48, 48, 1), dtype=np.uint8)


def test_parameter_counts_are_pinned():
    assert residual().count_params() == 1_228_359
    assert residual(stem=(32, 64), blocks=(2, 2, 2)).count_params() == 2_798_503
    assert residual(squeeze=8).count_params() == 1_250_367


@pytest.mark.parametrize("stem", [(8,), (4, 8), (8, 8, 8)])
def test_raw_pixels_in_probabilities_out_and_every_stage_halves_the_side(stem):
    model = residual(
        stem=stem, widths=(8, 16, 24), blocks=(1, 2, 1), augmentation=Augmentation(flip=True)
    )
    scores = model.predict_on_batch(FACES)
    np.testing.assert_allclose(scores.sum(1), 1, atol=1e-5)
    convolutions = [
        layer.output.shape[1] for layer in model.layers if isinstance(layer, keras.layers.Conv2D)
    ]
    assert convolutions[: len(stem)] == [48] * (len(stem) - 1) + [24]
    last = [layer for layer in model.layers if isinstance(layer, keras.layers.Add)][-1]
    assert last.output.shape[1:] == (6, 6, 24)


def test_light_and_contrast_change_nothing_and_one_flat_colour_is_no_error():
    model = residual(stem=(8,), widths=(8,), blocks=(1,))
    dim = FACES * 0.4 + 90.0
    np.testing.assert_allclose(
        model.predict_on_batch(dim), model.predict_on_batch(FACES * 1.0), atol=1e-3
    )
    assert np.isfinite(model.predict_on_batch(np.full_like(FACES, 200))).all()


def test_the_shortcut_carries_what_the_block_does_not():
    """With the blocks' last normalisation at zero every block without a stride is the identity (after its ReLU)."""
    model = residual(stem=(8,), widths=(8,), blocks=(1,))
    stem = keras.Model(
        model.inputs,
        next(layer for layer in model.layers if isinstance(layer, keras.layers.ReLU)).output,
    )
    norm = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)][
        -1
    ]
    norm.gamma.assign(np.zeros(8))
    added = next(layer for layer in model.layers if isinstance(layer, keras.layers.Add))
    np.testing.assert_allclose(
        keras.Model(model.inputs, added.output)(FACES), stem(FACES), atol=1e-6
    )


def test_it_can_be_exported_folded_and_rounded():
    model = residual(stem=(4, 8), widths=(8, 16), blocks=(1, 1))
    shipped = rounded(folded(portable(model)))
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in shipped.layers)
    assert all(type(layer).__module__.startswith("keras.") for layer in shipped.layers)
    np.testing.assert_allclose(
        shipped.predict_on_batch(FACES), model.predict_on_batch(FACES), atol=5e-3
    )


def test_stages_and_blocks_must_agree():
    with pytest.raises(ValueError, match=r"one number of blocks a stage \(3\)"):
        residual(blocks=(2, 2))
