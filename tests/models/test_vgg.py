import keras
import numpy as np
import pytest

from emotion_lib.models.augmentation import Augmentation
from emotion_lib.models.conversion import portable, rounded
from emotion_lib.models.folding import folded
from emotion_lib.models.vgg import squeezed_vgg


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    return squeezed_vgg(
        widths=(8, 8, 16), blocks=(1, 2, 1), augmentation=Augmentation(shift=0.04, seed=0)
    )


def test_the_parameter_count_is_pinned():
    assert squeezed_vgg().count_params() == 7_690_307


def test_inference_sees_the_middle_44_px(model, faces):
    scores = model.predict_on_batch(faces)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    changed = faces.copy()
    changed[:, [0, 1, -2, -1]] = 0
    changed[:, :, [0, 1, -2, -1]] = 255
    np.testing.assert_allclose(model.predict_on_batch(changed), scores, atol=1e-6)
    changed[:, 2] = 0
    assert np.abs(model.predict_on_batch(changed) - scores).max() > 1e-4


def test_it_can_be_exported_folded_and_rounded(model, faces):
    shipped = rounded(folded(portable(model)))
    assert all(type(layer).__module__.startswith("keras.") for layer in shipped.layers)
    expected = model.predict_on_batch(faces)
    np.testing.assert_allclose(shipped.predict_on_batch(faces), expected, atol=5e-3)


def test_widths_and_blocks_of_different_length_are_refused():
    with pytest.raises(ValueError, match=r"one number of blocks per stage \(4\)"):
        squeezed_vgg(blocks=(2, 2))
