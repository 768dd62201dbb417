import numpy as np
import pytest

from emotion_lib.evaluation import Evaluation


@pytest.fixture
def single_label():
    """Return random scores of 30 images with one of three labels each."""
    scores = np.random.default_rng(0).dirichlet(np.ones(3), 30)
    return Evaluation(np.arange(30) % 3, scores, ("a", "b", "c"))


@pytest.fixture
def multi_label(single_label):
    """Return scores of 30 images with any of three labels."""
    labels = np.random.default_rng(1).random((30, 3)) < 0.4
    scores = np.clip(labels * 0.5 + single_label.y_score / 2, 0, 1)
    return Evaluation(labels, scores, ("a", "b", "c"))
