"""Tests of emotion_lib.benchmarks.torch_twin; they need the extra bench."""

import keras
import numpy as np
import pytest

from emotion_lib.benchmarks.torch_subjects import MAX_DIFFERENCE

torch = pytest.importorskip("torch")


def test_the_twin_of_the_shipped_model_gives_its_outputs():
    from emotion_lib import artifacts
    from emotion_lib.benchmarks.torch_twin import TorchTwin
    from emotion_lib.paths import best_dir

    model, _ = artifacts.load_model(best_dir() / "model.keras")
    images = np.random.default_rng(0).integers(0, 256, (4, 48, 48, 1), dtype=np.uint8)
    expected = np.asarray(model.predict_on_batch(images))
    for precision, difference in MAX_DIFFERENCE.items():
        twin = TorchTwin(model, getattr(torch, precision))
        with torch.inference_mode():
            scores = twin(torch.from_numpy(images.transpose(0, 3, 1, 2))).numpy()
        np.testing.assert_allclose(scores, expected, atol=difference)
    weights = sum(parameter.numel() for parameter in twin.parameters())
    assert weights == model.count_params()


def test_a_layer_that_it_does_not_know_is_refused():
    from emotion_lib.benchmarks.torch_twin import TorchTwin

    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.UpSampling2D(name="up")])
    with pytest.raises(ValueError, match="Received: up"):
        TorchTwin(model)
