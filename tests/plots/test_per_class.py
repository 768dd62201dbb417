import numpy as np
import pytest
from conftest import drawn_texts
from matplotlib.colors import to_hex

from emotion_lib import plots
from emotion_lib.evaluation import Evaluation
from emotion_lib.evaluation.intervals import wilson_interval
from emotion_lib.labels import EXPRESSION_COLORS
from emotion_lib.plots.palette import SERIES


def guesses(labels, predictions, names=("happy", "sad", "disgust")):
    return Evaluation(np.array(labels), np.eye(len(names))[predictions], names)


def rows_of(figure):
    """Return the labels of the rows, the highest first."""
    ticks = figure.axes[0].get_yticklabels()
    return [tick.get_text() for tick in ticks][::-1]


def points_of(figure):
    """Return one array of points (x, y) per evaluation, and their intervals."""
    collections = figure.axes[0].collections
    points = [part.get_offsets() for part in collections if hasattr(part, "get_sizes")]
    lines = [part for part in collections if hasattr(part, "get_segments")]
    return points, lines


def test_the_largest_class_is_at_the_top_with_its_images():
    figure = plots.recall({"test": guesses([0, 1, 1, 1, 2, 2], [0] * 6)})
    drawn_texts(figure)
    assert rows_of(figure) == ["sad, n = 3", "disgust, n = 2", "happy, n = 1"]


def test_recall_has_wilson_intervals_in_the_colours_of_the_expressions():
    figure = plots.recall({"test": guesses([0, 0, 0, 1, 1], [0, 0, 1, 1, 1], ("happy", "sad"))})
    texts = drawn_texts(figure)
    assert "recall, with its 95 % interval" in texts
    (points,), lines = points_of(figure)
    np.testing.assert_allclose(points, [[1, 0], [2 / 3, 1]])
    ends = [segment[:, 0] for segment in lines[-1].get_segments()]
    np.testing.assert_allclose(ends, [wilson_interval(2, 2), wilson_interval(2, 3)])
    colors = [to_hex(color).upper() for color in lines[-1].get_color()]
    assert colors == [EXPRESSION_COLORS["sad"], EXPRESSION_COLORS["happy"]]


def test_several_evaluations_have_a_colour_and_a_height_each():
    evaluation = guesses([0, 0, 1, 2], [0, 1, 1, 2])
    figure = plots.recall({f"run {index}": evaluation for index in range(6)})
    drawn_texts(figure)
    points, lines = points_of(figure)
    heights = [part[0, 1] for part in points]
    assert heights == sorted(heights, reverse=True)
    assert -0.5 < heights[-1] < heights[0] < 0.5
    assert [to_hex(part.get_color()[0]).upper() for part in lines[1:]] == list(SERIES)
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert legend == [f"run {index}" for index in range(6)]


def test_evaluations_of_unequal_size_show_both_numbers():
    whole = guesses([0, 0, 1, 2], [0, 1, 1, 2])
    figure = plots.recall({"test": whole, "half": whole.where(np.array([0, 2, 3]))})
    assert rows_of(figure)[0] == "happy, n = 1 to 2"


def test_class_without_images_has_no_point():
    figure = plots.recall({"test": guesses([0, 0], [0, 0], ("a", "b"))})
    drawn_texts(figure)
    (points,), lines = points_of(figure)
    assert np.ma.filled(points[:, 0], np.nan)[1] == 1
    assert np.isnan(np.ma.filled(points[0, 0], np.nan))
    assert len(lines[-1].get_segments()[0]) == 0


def test_average_precision_beside_prevalence(multi_label):
    figure = plots.average_precision({"one": multi_label, "two": multi_label})
    drawn_texts(figure)
    axis = figure.axes[0]
    legend = [text.get_text() for text in axis.get_legend().get_texts()]
    assert legend == ["prevalence", "one", "two"]
    order = np.argsort(multi_label.support, kind="stable")
    points, lines = points_of(figure)
    prevalence = np.array(list(multi_label.prevalence.values()))[order]
    assert [part[0, 0] for part in lines[-1].get_segments()] == pytest.approx(list(prevalence))
    precision = np.array(list(multi_label.average_precision.values()))[order]
    np.testing.assert_allclose(points[0][:, 0], precision)
