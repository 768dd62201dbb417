import numpy as np
import pytest
from conftest import drawn_texts

from emotion_lib import plots
from emotion_lib.training.losses import SparseCrossentropy


@pytest.mark.parametrize("gamma", [0, 2])
def test_the_curve_is_the_loss_of_the_training(gamma):
    figure = plots.focal_loss([gamma])
    drawn_texts(figure)
    p, drawn = figure.axes[0].lines[0].get_data()
    some = np.arange(0, len(p) - 1, 20)
    scores = np.stack([p[some], 1 - p[some]], axis=1)
    loss = SparseCrossentropy(gamma=gamma, reduction="none")
    np.testing.assert_allclose(drawn[some], loss(np.zeros(len(some), int), scores), rtol=1e-3)


def test_the_right_panel_is_the_weight_of_an_example():
    figure = plots.focal_loss([0, 1])
    flat, line = figure.axes[1].lines
    assert set(flat.get_ydata()) == {1.0}
    np.testing.assert_allclose(line.get_ydata(), 1 - line.get_xdata())
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["gamma 0 (cross-entropy)", "gamma 1"]
