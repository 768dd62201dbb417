"""The figure of groups."""

import numpy as np

from emotion_lib import plots
from emotion_lib.evaluation import Evaluation
from emotion_lib.evaluation.groups import break_down


def test_one_panel_per_column_and_both_accuracies_per_group():
    scores = np.tile([[0.9, 0.1], [0.2, 0.8]], (60, 1))
    labels = np.array([0] * 60 + [1] * 60)
    result = Evaluation(labels, scores, ("happy", "sad"))
    columns = {"place": ["a", "b", "c"] * 40, "camera": ["x"] * 60 + ["y"] * 60}
    table = break_down(result, columns).table
    figure = plots.groups(table)
    place, camera = figure.axes
    ticks = [label.get_text() for label in place.get_yticklabels()]
    assert ticks == ["a, n = 40", "b, n = 40", "c, n = 40"]
    assert camera.get_ylabel() == "camera"
    plain, equal = place.collections[1], place.collections[3]
    rows = table[table["column"] == "place"]
    assert plain.get_offsets()[:, 0].tolist() == rows["accuracy"].tolist()
    assert equal.get_offsets()[:, 0].tolist() == rows["standardised"].tolist()
