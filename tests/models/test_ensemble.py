import keras
import numpy as np

from emotion_lib.models.conversion import portable
from emotion_lib.models.ensemble import ensemble
from emotion_lib.models.residual import residual


def test_an_ensemble_is_one_model_of_standard_layers(faces, tmp_path):
    members = [residual(stem=(4,), widths=(4,), blocks=(1,)) for _ in range(2)]
    model = portable(ensemble(members))
    scores = []
    for member in members:
        scores.append(np.asarray(member(faces)))
        scores.append(np.asarray(member(faces[:, :, ::-1])))
    expected = np.mean(scores, axis=0)
    np.testing.assert_allclose(np.asarray(model(faces)), expected, atol=1e-5)
    model.save(tmp_path / "ensemble.keras")
    loaded = keras.models.load_model(tmp_path / "ensemble.keras")
    np.testing.assert_allclose(np.asarray(loaded(faces)), expected, atol=1e-5)


def test_one_member_without_mirror_images_is_that_member(faces):
    member = residual(stem=(4,), widths=(4,), blocks=(1,))
    scores = np.asarray(ensemble([member], flip=False)(faces))
    np.testing.assert_allclose(scores, np.asarray(member(faces)), atol=1e-6)
