import numpy as np
import pandas as pd
from conftest import drawn_texts

from emotion_lib import plots
from emotion_lib.plots.comparison import pareto_front


def pairs(first, second):
    columns = {
        "first": [first, second],
        "second": [second, first],
        "difference": [0.01, -0.01],
        "p_value": [0.01, 0.2],
    }
    return pd.DataFrame(columns)


def test_cost_names_the_runs_that_no_other_beats():
    columns = {
        "run": ["01 small", "02 slow", "04 large"],
        "accuracy": [0.5, 0.4, 0.6],
        "ci_low": [0.4, 0.3, 0.5],
        "ci_high": [0.6, 0.5, 0.7],
        "parameters": [10, 20, 20],
        "seconds": [60, 120, 0],
    }
    figure = plots.cost(pd.DataFrame(columns))
    drawn_texts(figure)
    time_title, size_title = (axis.get_title(loc="left") for axis in figure.axes)
    assert time_title == "1  01 small"  # 04 was not trained here
    assert size_title == "1  01 small\n2  04 large"


def test_pareto_front():
    cost = np.array([1, 1, 2, 3, 4])
    accuracy = np.array([0.5, 0.6, 0.6, 0.4, 0.7])
    assert pareto_front(cost, accuracy).tolist() == [False, True, False, False, True]
    assert pareto_front(np.array([]), np.array([])).tolist() == []


def test_accuracy_against_cost_distinguishes_ours_from_others():
    columns = {
        "name": ["served", "another", "theirs"],
        "multiply_adds": [2e7, 1e8, 5e6],
        "accuracy": [0.72, 0.7, 0.65],
        "low": [0.7, 0.68, 0.63],
        "high": [0.74, 0.72, 0.67],
        "peer": [False, False, True],
    }
    figure = plots.accuracy_against_cost(pd.DataFrame(columns))
    texts = drawn_texts(figure)
    assert texts[:3] == ["served", "another", "theirs"]
    assert len(figure.axes[0].get_legend().get_texts()) == 2


def test_differences_have_a_star_where_unequal():
    figure = plots.differences(pairs("a", "b"))
    texts = drawn_texts(figure)
    assert "+1.0*" in texts
    assert "-1.0" in texts


def test_differences_keep_the_order_of_the_table():
    axis = plots.differences(pairs("b", "a")).axes[0]
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["1  b", "2  a"]
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["1", "2"]


def test_differences_abridge_long_names():
    figure = plots.differences(pairs("14 student (" + "x" * 90 + ")", "a"))
    first = figure.axes[0].get_yticklabels()[0].get_text()
    assert len(first) <= 43
    assert first.startswith("1  14 student (x")
    assert first.endswith("x)")
    assert "…" in first
