import pandas as pd
import pytest
from conftest import drawn_texts

from emotion_lib import plots


def pairs(first, second):
    columns = {
        "first": [first, second],
        "second": [second, first],
        "difference": [0.01, -0.01],
        "p_value": [0.01, 0.2],
    }
    return pd.DataFrame(columns)


def test_ranking_has_a_line_per_name_in_the_order_of_the_table():
    columns = {
        "name": ["b", "a, 2 seeds", "a, 2 seeds"],
        "accuracy": [0.7, 0.6, 0.5],
        "low": [0.65, 0.55, 0.45],
        "high": [0.75, 0.65, 0.55],
    }
    axis = plots.ranking(pd.DataFrame(columns)).axes[0]
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["b", "a, 2 seeds"]
    assert axis.yaxis_inverted()
    means = [line.get_xdata()[0] for line in axis.lines if line.get_markersize() == 4]
    assert means == pytest.approx([0.7, 0.55])


def test_groups_have_bands_and_their_rank_beside_the_name():
    columns = {
        "name": ["a", "b", "c"],
        "accuracy": [0.7, 0.69, 0.6],
        "low": [0.65, 0.64, 0.55],
        "high": [0.75, 0.74, 0.65],
        "rank": [1, 1, 3],
    }
    axis = plots.rank_groups(pd.DataFrame(columns)).axes[0]
    ticks = [tick.get_text().split() for tick in axis.get_yticklabels()]
    assert ticks == [["a", "1"], ["b", "1"], ["c", "3"]]
    assert [patch.get_bbox().height for patch in axis.patches] == [2, 1]


def test_p_values_are_sorted_below_their_limit():
    table = pd.DataFrame({"p_value": [0.3, 0.01, 0.02, 0.9]})
    curve, limit, _ = plots.p_values(table).axes[0].lines
    assert curve.get_ydata().tolist() == [0.01, 0.02, 0.3, 0.9]
    assert curve.get_xdata().tolist() == [0.25, 0.5, 0.75, 1]
    assert limit.get_ydata()[1] == 0.05


def test_differences_have_a_star_where_unequal():
    figure = plots.differences(pairs("a", "b"))
    texts = drawn_texts(figure)
    assert "+1.0*" in texts
    assert "-1.0" in texts


def test_differences_keep_the_order_of_the_table():
    axis = plots.differences(pairs("b", "a")).axes[0]
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["1  b", "2  a"]
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["1", "2"]


def test_one_order_of_each_pair_is_enough():
    axis = plots.differences(pairs("a", "b").iloc[:1]).axes[0]
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["1  a", "2  b"]


def test_differences_abridge_long_names():
    figure = plots.differences(pairs("14 student (" + "x" * 90 + ")", "a"))
    first = figure.axes[0].get_yticklabels()[0].get_text()
    assert len(first) <= 43
    assert first.startswith("1  14 student (x")
    assert first.endswith("x)")
    assert "…" in first
