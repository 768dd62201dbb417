import numpy as np
import pytest
from conftest import drawn_texts

from emotion_lib import plots

NAMES = ("happy", "sad", "fear")
FACE = np.zeros((8, 8), np.uint8)


def test_votes_become_shares():
    answers = {"taggers": np.array([6, 3, 1]), "teacher": np.array([0.7, 0.3, 0.0])}
    figure = plots.soft_labels(FACE, answers, NAMES)
    texts = drawn_texts(figure)
    face, taggers, teacher = figure.axes
    assert face.images[0].get_array().shape == (8, 8)
    assert [bar.get_width() for bar in taggers.patches] == pytest.approx([0.6, 0.3, 0.1])
    assert [bar.get_width() for bar in teacher.patches] == pytest.approx([0.7, 0.3, 0.0])
    assert {"taggers", "teacher", "60%", "10%"} <= set(texts)
    assert "0%" not in texts


def test_one_row_per_face_and_a_face_without_votes():
    votes = np.array([[0, 0, 0], [1, 1, 0]])
    figure = plots.soft_labels(np.stack([FACE, FACE]), {"taggers": votes}, NAMES)
    drawn_texts(figure)
    assert len(figure.axes) == 4
    widths = [bar.get_width() for axis in (figure.axes[1], figure.axes[3]) for bar in axis.patches]
    assert widths == [0, 0, 0, 0.5, 0.5, 0]


def test_the_first_class_is_at_the_top():
    axis = plots.soft_labels(FACE, {"taggers": np.array([1, 1, 1])}, NAMES).axes[1]
    assert axis.yaxis_inverted()
