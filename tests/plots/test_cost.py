import numpy as np
import pandas as pd
from conftest import drawn_texts

from emotion_lib import plots
from emotion_lib.plots.cost import pareto_front


def test_cost_names_the_runs_that_no_other_beats():
    columns = {
        "run": ["01 small", "02 slow", "04 large"],
        "accuracy": [0.5, 0.4, 0.6],
        "ci_low": [0.4, 0.3, 0.5],
        "ci_high": [0.6, 0.5, 0.7],
        "parameters": [10, 20, 20],
        "seconds": [60, 120, 0],
        "device": ["CPU", "CPU", "GPU"],
    }
    figure = plots.cost(pd.DataFrame(columns))
    texts = drawn_texts(figure)
    assert "1  01 small" in texts  # of time: 04 was not trained here
    assert "1  01 small\n2  04 large" in texts


def test_times_of_two_machines_are_not_compared():
    columns = {
        "run": ["01 slow", "02 fast"],
        "accuracy": [0.5, 0.6],
        "ci_low": [0.4, 0.5],
        "ci_high": [0.6, 0.7],
        "parameters": [10, 10],
        "seconds": [600, 60],
        "device": ["CPU", "GPU"],
    }
    texts = drawn_texts(plots.cost(pd.DataFrame(columns)))
    assert "1  02 fast\n2  01 slow" in texts
    assert "1  02 fast" in texts


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
