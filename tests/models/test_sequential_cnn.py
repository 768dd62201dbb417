import numpy as np

from emotion_lib.models.sequential_cnn import sequential_cnn


def test_parameter_counts_are_pinned():
    assert sequential_cnn().count_params() == 843_623
    larger_head_and_input = 3 * 193 - 3 - 2 * 9 * 32
    assert sequential_cnn((64, 64, 3), 4).count_params() == 843_620 - larger_head_and_input


def test_takes_raw_pixels_and_returns_probabilities(small_model, faces):
    scores = np.asarray(small_model(faces.astype(np.uint8)))
    assert scores.shape == (4, 7)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
