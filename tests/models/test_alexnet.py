import zipfile

import keras
import numpy as np
import pytest

from emotion_lib import artifacts
from emotion_lib.models.alexnet import alexnet


@pytest.mark.parametrize(("groups", "parameters"), [(2, 60_965_224), (1, 62_378_344)])
def test_parameter_counts_are_those_of_the_paper(groups, parameters):
    assert alexnet(groups=groups).count_params() == parameters


def test_the_exported_file_needs_no_library_and_gives_the_same_scores(faces, tmp_path):
    keras.utils.set_random_seed(0)
    model = alexnet((48, 48, 1), 5, image_size=67, dense=16, activation="sigmoid")
    file = artifacts.export(model, tmp_path / "model.keras", list("abcde"))
    assert "emotion_lib" not in zipfile.ZipFile(file).read("config.json").decode()
    scores = np.asarray(keras.models.load_model(file)(faces))
    np.testing.assert_allclose(scores, np.asarray(model(faces)), atol=1e-5)
    assert scores.shape == (4, 5)
    assert scores.dtype == np.float32


def test_images_too_small_for_the_poolings_are_refused():
    with pytest.raises(ValueError, match=r"at least 67 px.*Received: 48"):
        alexnet((48, 48, 1))
