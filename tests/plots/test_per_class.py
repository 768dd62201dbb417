import numpy as np
import pytest
from conftest import drawn_texts
from matplotlib.colors import to_hex

from emotion_lib import plots
from emotion_lib.evaluation import Evaluation
from emotion_lib.labels import EXPRESSION_COLORS


def bars_of(figure):
    return figure.axes[0].containers[-1].patches


def test_recall_bars_have_the_colours_of_the_expressions():
    names = ("happy", "sad")
    figure = plots.recall({"test": Evaluation(np.array([0, 1]), np.eye(2), names)})
    assert "recall" in drawn_texts(figure)
    colors = [to_hex(bar.get_facecolor()).upper() for bar in bars_of(figure)]
    assert colors == [EXPRESSION_COLORS[name] for name in names]


def test_recall_bars_have_intervals(single_label):
    figure = plots.recall({"test": single_label, "other": single_label})
    drawn_texts(figure)
    segments = figure.axes[0].collections[0].get_segments()
    drawn = [segment[:, 1] for segment in segments]
    np.testing.assert_allclose(drawn, list(single_label.recall_interval.values()))


@pytest.mark.parametrize(("count", "bars"), [(1, 1), (3, 3), (4, 0)])
def test_many_evaluations_are_points(single_label, count, bars):
    evaluations = {f"model {index}": single_label for index in range(count)}
    figure = plots.recall(evaluations)
    drawn_texts(figure)
    assert len(figure.axes[0].patches) == bars * len(single_label.class_names)


def test_class_without_images_has_no_bar():
    figure = plots.recall({"test": Evaluation(np.zeros(2, int), np.eye(2), ("a", "b"))})
    drawn_texts(figure)
    assert np.isnan(bars_of(figure)[1].get_height())


def test_average_precision_beside_prevalence(multi_label):
    figure = plots.average_precision({"one": multi_label, "two": multi_label})
    drawn_texts(figure)
    axis = figure.axes[0]
    legend = [text.get_text() for text in axis.get_legend().get_texts()]
    assert sorted(legend) == ["one", "prevalence", "two"]
    heights = [bar.get_height() for bar in bars_of(figure)]
    np.testing.assert_allclose(heights, list(multi_label.average_precision.values()))
