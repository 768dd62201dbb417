import numpy as np
import pytest
from conftest import drawn_texts
from skimage.feature import hog as of_scikit_image

from emotion_lib import plots
from emotion_lib.plots.hog import cell_histograms

FACE = np.random.default_rng(0).integers(0, 256, (48, 48)).astype(np.uint8)


@pytest.mark.parametrize(("orientations", "cell"), [(9, 8), (8, 6)])
def test_histograms_are_those_of_scikit_image(orientations, cell):
    histograms = cell_histograms(FACE, orientations, cell)
    # A block of one cell, scaled to a sum of 1, is the only form in which they are returned.
    shares = histograms / histograms.sum(axis=2, keepdims=True)
    sides = {"pixels_per_cell": (cell, cell), "cells_per_block": (1, 1), "block_norm": "L1"}
    expected = of_scikit_image(FACE, orientations, **sides)
    np.testing.assert_allclose(shares.ravel(), expected, rtol=1e-4)


def test_one_cell_shows_its_pixels_and_its_numbers():
    figure = plots.hog_cell(FACE, 2, 1)
    drawn_texts(figure)
    whole, zoom, bars = figure.axes
    assert whole.patches[0].get_xy() == (7.5, 15.5)
    np.testing.assert_array_equal(zoom.images[0].get_array(), FACE[16:24, 8:16])
    heights = [bar.get_height() for bar in bars.patches]
    assert heights == pytest.approx(list(cell_histograms(FACE)[2, 1]))
    assert [bar.get_center()[0] for bar in bars.patches] == list(range(10, 180, 20))


def test_strokes_lie_along_the_edge():
    face = np.zeros((16, 16), np.uint8)
    face[:, 8:] = 255  # an upright edge: the gradient points to the right
    figure = plots.hog(face[None], ["edge"], orientations=2, cell=16)
    assert "edge" in drawn_texts(figure)
    (lines,) = figure.axes[1].collections
    strong = lines.get_segments()[int(np.argmax(lines.get_alpha()))]
    # The first of two bins is that of 0 to 90 degrees, with its stroke at 45 + 90.
    (x0, y0), (x1, y1) = strong
    assert (x1 - x0) * (y1 - y0) < 0
    assert sorted(lines.get_alpha()) == [0, 1]
