import numpy as np
from conftest import drawn_texts

from emotion_lib import plots
from emotion_lib.evaluation import Evaluation


def test_one_panel_per_class_the_largest_first():
    scores = np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.2, 0.8], [0.6, 0.4]])
    evaluation = Evaluation(np.array([0, 0, 1, 1, 1]), scores, ("happy", "sad"))
    figure = plots.precision_recall(evaluation)
    drawn_texts(figure)
    titles = [axis.get_title() for axis in figure.axes]
    precision = evaluation.average_precision
    assert titles == [
        f"sad, n = 3\nAP {precision['sad']:.2f}",
        f"happy, n = 2\nAP {precision['happy']:.2f}",
    ]
    curve, prevalence, reached = figure.axes[0].lines
    assert curve.get_xdata()[[0, -1]].tolist() == [1, 0]
    assert prevalence.get_ydata() == [0.6, 0.6]
    assert (reached.get_xdata(), reached.get_ydata()) == ([2 / 3], [1.0])


def test_a_class_without_images_has_no_panel():
    evaluation = Evaluation(np.array([0, 1]), np.eye(3)[:2], ("a", "b", "c"))
    figure = plots.precision_recall(evaluation)
    assert len([axis for axis in figure.axes if axis.get_visible()]) == 2


def test_several_labels_reach_what_their_thresholds_give(multi_label):
    figure = plots.precision_recall(multi_label)
    drawn_texts(figure)
    order = np.argsort(-multi_label.support, kind="stable")
    reached = figure.axes[0].lines[-1]
    expected = multi_label.per_label().iloc[order[0]]
    assert reached.get_xdata() == [expected["recall"]]
    assert reached.get_ydata() == [expected["precision"]]
