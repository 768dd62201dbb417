import numpy as np
import pandas as pd
from conftest import drawn_texts

from emotion_lib import plots


def test_the_cascade_has_a_curve_with_intervals_per_kind_of_map():
    table = pd.DataFrame(
        {"share": [0, 1], "correlation": [1, 0.2], "low": [1, 0.1], "high": [1, 0.3]}
    )
    figure = plots.cascade({"Grad-CAM": table, "occlusion": table})
    drawn_texts(figure)
    (axis,) = figure.axes
    np.testing.assert_allclose(axis.containers[0].lines[0].get_ydata(), [1, 0.2])
    bars = axis.containers[0].lines[2][0].get_segments()
    np.testing.assert_allclose(np.array(bars[1], float)[:, 1], [0.1, 0.3])
    legend = [text.get_text() for text in axis.get_legend().get_texts()]
    assert legend == ["Grad-CAM", "occlusion"]


def test_replacement_curves_are_means_over_the_images():
    curves = {"by a map": np.array([[1, 0.5, 0], [0.5, 0.1, 0]]), "at random": np.ones((2, 3))}
    figure = plots.replacement_curves({"places covered": curves, "places restored": curves})
    texts = drawn_texts(figure)
    assert len(figure.axes) == 2
    line = figure.axes[0].lines[0]
    np.testing.assert_allclose(line.get_xdata(), [0, 0.5, 1])
    np.testing.assert_allclose(line.get_ydata(), [0.75, 0.3, 0])
    assert {"places covered", "places restored"} <= set(texts)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["by a map", "at random"]


def test_mean_maps_share_a_scale_per_row_and_leave_classes_without_a_map_empty():
    heat = np.zeros((2, 4, 4))
    heat[1, 0, 0] = 0.5
    signed = np.full((2, 4, 4), np.nan)
    signed[0] = -0.2
    figure = plots.mean_maps({"Grad-CAM": heat, "occlusion": signed}, ["happy", "sad"])
    texts = drawn_texts(figure)
    pictures = [axis.images[0] for axis in figure.axes if axis.images]
    assert [picture.get_clim() for picture in pictures] == [(0, 0.5)] * 2 + [(-0.2, 0.2)] * 2
    assert np.isnan(pictures[3].get_array().filled(np.nan)).all()
    assert {"happy", "sad", "Grad-CAM", "occlusion"} <= set(texts)
