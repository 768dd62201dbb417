import numpy as np
from matplotlib.figure import Figure

from emotion_lib.plots.axes import percent


def test_percentages_have_the_decimals_that_they_need():
    axis = Figure().subplots()
    axis.set_yticks([0, 0.025, 0.05, 0.3])
    percent(axis, "y")
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["0%", "2.5%", "5%", "30%"]


def test_ticks_are_where_they_say():
    axis = Figure().subplots()
    percent(axis, "y")
    for highest in (0.02, 0.17, 0.45, 1.0):
        axis.set_ylim(0, highest)
        said = [float(tick.get_text().removesuffix("%")) for tick in axis.get_yticklabels()]
        np.testing.assert_allclose(said, 100 * axis.get_yticks(), atol=1e-6)
