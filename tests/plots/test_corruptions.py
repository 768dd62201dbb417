import pandas as pd
import pytest
from conftest import drawn_texts

from emotion_lib import plots

TABLE = pd.DataFrame({1: [0.8, 0.7], 2: [0.5, 0.6]}, index=["blur", "noise"])
RISKS = pd.DataFrame(
    {"risk": [0.2, 0.3], "low": [0.1, 0.25], "high": [0.35, 0.4]}, index=["blur", "noise"]
)


def test_heat_map_has_a_panel_per_model_and_one_scale():
    figure = plots.corruption_heat_map({"first": TABLE, "second": TABLE - 0.1})
    texts = drawn_texts(figure)
    assert {"first", "second", "strength", "80", "40"} <= set(texts)
    rows = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert rows == ["blur", "noise"]
    limits = [axis.collections[0].get_clim() for axis in figure.axes[:2]]
    assert limits == [pytest.approx((40, 80))] * 2


def test_points_have_intervals_and_a_line():
    figure = plots.corruption_points({"first": RISKS}, "risk", "share of wrong answers", line=0.25)
    assert "share of wrong answers" in drawn_texts(figure)
    (axis,) = figure.axes
    (container,) = axis.containers
    assert container.lines[0].get_xdata().tolist() == [0.2, 0.3]
    (bars,) = container.lines[2]
    ends = [tuple(segment[:, 0]) for segment in bars.get_segments()]
    assert ends == [pytest.approx((0.1, 0.35)), pytest.approx((0.25, 0.4))]
    assert axis.lines[0].get_xdata() == [0.25, 0.25]
    assert axis.get_ylim() == (1.5, -0.5)


def test_points_without_interval():
    figure = plots.corruption_points(
        {"before": RISKS[["risk"]], "after": RISKS[["risk"]]}, "risk", "error"
    )
    drawn_texts(figure)
    heights = [container.lines[0].get_ydata().tolist() for container in figure.axes[0].containers]
    assert heights == [pytest.approx([-0.2, 0.8]), pytest.approx([0.2, 1.2])]
