import numpy as np
from conftest import drawn_texts

from emotion_lib import plots
from emotion_lib.evaluation import Evaluation
from emotion_lib.evaluation.intervals import wilson_interval


def guesses(labels, predictions):
    return Evaluation(np.array(labels), np.eye(2)[predictions], ("disgust", "happy"))


def test_seeds_are_small_points_and_their_mean_a_large_one():
    seeds = [guesses([0, 0, 1, 1], [0, 1, 1, 1]), guesses([0, 0, 1, 1], [0, 0, 1, 1])]
    figure = plots.recall_against_accuracy({"none": seeds[:1], "balanced": seeds}, "disgust")
    assert "recall of disgust" in drawn_texts(figure)
    axis = figure.axes[0]
    points = [part.get_offsets().tolist() for part in axis.collections]
    assert points[2:] == [[[0.75, 0.5], [1.0, 1.0]], [[0.875, 0.75]]]
    legend = [text.get_text() for text in axis.get_legend().get_texts()]
    assert legend == ["none", "balanced"]


def test_accuracy_by_agreement_has_intervals_and_numbers():
    votes = np.repeat([[5, 5], [9, 1], [0, 8]], [20, 10, 3], axis=0)
    evaluation = guesses([0] * 33, [1] * 10 + [0] * 23)
    figure = plots.accuracy_against_agreement({"network": evaluation}, votes)
    drawn_texts(figure)
    axis = figure.axes[0]
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["5\nn = 20", "9\nn = 10"]
    (container,) = axis.containers
    assert container.lines[0].get_xydata().tolist() == [[5, 0.5], [9, 1.0]]
    (bars,) = container.lines[2]
    ends = [tuple(segment[:, 1]) for segment in bars.get_segments()]
    np.testing.assert_allclose(ends, [wilson_interval(10, 20), wilson_interval(10, 10)])
