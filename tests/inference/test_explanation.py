"""Occlusion maps: they say what the network answers when a patch is covered."""

import numpy as np
import pytest
from scipy import special

from emotion_lib.images.occlusion import GRID, covered
from emotion_lib.inference.explanation import NoSuchFaceError, explain
from emotion_lib.inference.predictor import Predictor


@pytest.fixture(scope="module")
def predictor():
    return Predictor.load()


@pytest.fixture(scope="module")
def explanation(predictor, photograph):
    return explain(predictor, photograph)


def test_a_cell_says_what_covering_it_does(predictor, explanation):
    assert explanation.label == "happy"
    assert explanation.heat.shape == (GRID, GRID)
    assert explanation.heat.dtype == np.float32
    hottest = np.unravel_index(explanation.heat.argmax(), explanation.heat.shape)
    (row,) = predictor.network(covered(explanation.input, *hottest)[None])
    fall = explanation.probability - row[predictor.class_names.index("happy")]
    assert fall == pytest.approx(explanation.heat.max(), abs=1e-5)
    # In log-odds, as a probability near 1 falls by little whatever is covered.
    log_odds = special.logit([explanation.probability, explanation.probability - fall])
    assert log_odds[0] - log_odds[1] > 0.4


def test_a_smile_is_read_from_the_mouth(explanation):
    half = GRID // 2
    assert explanation.heat[half:].max() > explanation.heat[:half].max()


def test_the_square_is_the_part_of_the_picture_that_was_seen(predictor, explanation, photograph):
    (prediction,) = predictor.predict(photograph)
    x, y, width, height = prediction.face.box
    square = explanation.square
    assert (square.center_x, square.center_y) == (x + width / 2, y + height / 2)
    assert square.side == pytest.approx(predictor.detector.framing * prediction.face.size)
    assert explanation.input.shape == predictor.input_shape


def test_a_flat_picture_has_a_flat_map(predictor):
    explanation = explain(predictor, np.full((48, 48, 3), 90, np.uint8))
    assert np.abs(explanation.heat).max() < 1e-5


def test_a_face_that_is_not_there_is_refused(predictor, photograph):
    with pytest.raises(NoSuchFaceError, match=r"from 1 to 1 .*Received: 2"):
        explain(predictor, photograph, 2)
