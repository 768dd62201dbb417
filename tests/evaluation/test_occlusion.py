"""Occlusion maps of Keras models are those of the page."""

import numpy as np
import pytest

from emotion_lib import artifacts
from emotion_lib.app.answers import explanation_answer
from emotion_lib.evaluation.occlusion import occlusion_maps
from emotion_lib.images.occlusion import GRID
from emotion_lib.inference.explanation import explain
from emotion_lib.inference.predictor import Predictor
from emotion_lib.paths import ROOT, best_dir


def test_the_lab_and_the_page_draw_the_same_map_of_a_face():
    predictor = Predictor.load()
    assert predictor.network.runtime == "litert"
    # A face with a doubtful answer, whose map is strong.
    picture = ROOT / "emotion_lib" / "app" / "examples" / "4_anger.jpg"
    explanation = explain(predictor, picture)
    model, class_names = artifacts.load_model(best_dir() / "model.keras")
    label = class_names.index(explanation.label)
    (heat,) = occlusion_maps(model, explanation.input[None], label)
    assert heat.max() > 0.3
    np.testing.assert_allclose(heat, explanation.heat, atol=2e-3)
    np.testing.assert_allclose(explanation_answer(explanation).heat, explanation.heat, atol=5e-5)


def test_each_image_has_a_class_of_its_own(small_model):
    images = np.random.default_rng(0).integers(0, 256, (2, 48, 48), np.uint8)
    both = occlusion_maps(small_model, images, [1, 4])
    assert both.shape == (2, GRID, GRID)
    np.testing.assert_allclose(occlusion_maps(small_model, images[1:], 4), both[1:], atol=1e-6)
    with pytest.raises(ValueError, match="broadcast"):
        occlusion_maps(small_model, images, [1, 2, 3])
