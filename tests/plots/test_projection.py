import numpy as np
from conftest import drawn_texts
from matplotlib.colors import to_hex

from emotion_lib import plots
from emotion_lib.labels import EXPRESSION_COLORS

PLACES = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])


def colors_of(axis):
    return [to_hex(color).upper() for color in axis.collections[0].get_facecolors()]


def test_one_panel_per_kind_in_the_colours_of_the_expressions():
    points = {"FaceNet": PLACES, "network": PLACES[::-1]}
    figure = plots.projection(points, np.array([1, 0, 1]), ("happy", "sad"))
    drawn_texts(figure)
    assert [axis.get_title() for axis in figure.axes] == ["FaceNet", "network"]
    expected = [EXPRESSION_COLORS[name] for name in ("sad", "happy", "sad")]
    assert [colors_of(axis) for axis in figure.axes] == [expected, expected]
    np.testing.assert_array_equal(figure.axes[0].collections[0].get_offsets(), PLACES)
    forms = [len(path.vertices) for path in figure.axes[0].collections[0].get_paths()]
    assert forms[0] == forms[2] != forms[1]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["happy", "sad"]


def test_many_persons_have_colours_but_no_legend():
    places = np.random.default_rng(0).random((13, 2))
    names = [f"person {index}" for index in range(13)]
    figure = plots.projection({"FaceNet": places}, np.arange(13), names)
    drawn_texts(figure)
    assert len(set(colors_of(figure.axes[0]))) == 13
    assert figure.legends == []
