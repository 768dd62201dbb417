import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from emotion_lib import plots
from emotion_lib.plots.palette import BLACK, BLUE, ORANGE


@pytest.fixture
def table():
    columns = {
        "state": ["complete", "complete", "pruned", "failed", "complete"],
        "epochs": [3, 3, 2, 0, 3],
        "accuracy": [0.5, 0.4, 0.3, np.nan, 0.6],
        "learning_rate": [1e-3, 1e-2, 1e-4, 1.0, 3e-3],
        "dropout": [0.1, 0.2, 0.3, 0.4, 0.5],
        "weight_decay": [1e-4] * 5,
    }
    return pd.DataFrame(columns, index=[1, 2, 3, 4, 5])


def legend_of(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def points_of(axis):
    """Return the points by colour, as lists of (x, y)."""
    found = {}
    for points in axis.collections:
        color = to_hex(points.get_facecolor()[0]).upper()
        found[color] = [tuple(place) for place in points.get_offsets().tolist()]
    return found


def test_trials_are_drawn_in_their_order_and_by_their_state(table):
    figure = plots.search_history(table)
    (axis,) = figure.axes
    expected = {BLACK: [(1, 0.5)], BLUE: [(2, 0.4), (5, 0.6)], ORANGE: [(3, 0.3)]}
    assert points_of(axis) == expected
    best, default = axis.lines
    assert best.get_ydata().tolist() == [0.5, 0.5, 0.5, 0.5, 0.6]
    assert set(default.get_ydata()) == {0.5}
    assert legend_of(figure) == ["best so far", "default", "complete", "pruned"]


def test_a_pruned_curve_ends_with_a_cross(table):
    curves = pd.DataFrame(
        {
            1: [0.1, 0.3, 0.5],
            2: [0.2, 0.3, 0.4],
            3: [0.1, 0.3, np.nan],
            4: [np.nan] * 3,
            5: [0.3, 0.4, 0.6],
        },
        index=[1, 2, 3],
    )
    figure = plots.search_curves(curves, table["state"])
    lines = figure.axes[0].lines
    (cross,) = [line for line in lines if line.get_marker() == "x"]
    assert (cross.get_xdata().tolist(), cross.get_ydata().tolist()) == ([2], [0.3])
    assert lines[-1].get_ydata() == pytest.approx([0.2, 0.3, 0.5])  # the median of 1, 2 and 5
    assert legend_of(figure) == ["default", "complete", "pruned", "median of the complete trials"]


def test_each_hyper_parameter_has_a_panel_with_its_scale(table):
    figure = plots.search_values(table, ["learning_rate"])
    shown = [axis for axis in figure.axes if axis.get_visible()]
    assert [axis.get_xlabel() for axis in shown] == ["learning rate", "dropout", "weight decay"]
    assert [axis.get_xscale() for axis in shown] == ["log", "linear", "linear"]
    assert points_of(shown[1])[BLUE] == [(0.2, 0.4), (0.5, 0.6)]


def test_importances_are_bars_with_the_largest_on_top():
    figure = plots.importances(pd.Series({"learning_rate": 0.7, "dropout": 0.3}))
    (axis,) = figure.axes
    assert [bar.get_width() for bar in axis.patches] == [0.7, 0.3]
    assert axis.yaxis_inverted()
    assert [text.get_text() for text in axis.get_yticklabels()] == ["learning rate", "dropout"]
