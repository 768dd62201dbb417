"""Deletion and insertion curves of answers that can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel

from emotion_lib.evaluation.deletion import (
    area,
    area_table,
    centre_map,
    deletion,
    insertion,
    mean_of_others,
    order_of,
)

# A white square on black in the first two rows and six columns of cells: the first twelfth.
IMAGES = np.zeros((2, 24, 24), np.uint8)
IMAGES[:, :4, :12] = 255
# The mean, which covers: 255 / 12 = 21.25.
GRAY = 21 / 255


def scores(images):
    """Return the brightness of the square, and 1 less it."""
    share = images[:, :4, :12, 0].mean(axis=(1, 2)) / 255
    return np.stack([share, 1 - share], axis=1)


def maps(*, important_first):
    heat = np.zeros((2, 12, 12))
    heat[:, :2, :6] = 1
    return heat if important_first else -heat


def test_the_most_important_cells_are_covered_first():
    curves = deletion(scores, IMAGES, np.array([0, 1]), order_of(maps(important_first=True)))
    np.testing.assert_allclose(curves[0], [1, *[GRAY] * 12], rtol=1e-5)
    np.testing.assert_allclose(curves[1], 1 - curves[0], rtol=1e-5)
    last = deletion(scores, IMAGES, np.array([0, 0]), order_of(maps(important_first=False)))
    np.testing.assert_allclose(last[0], [*[1] * 12, GRAY], rtol=1e-5)


def test_the_cells_of_a_step_are_those_of_the_order():
    """After one step the first 12 cells of the order are covered, and no pixel of any other."""
    image = np.arange(24 * 24).reshape(1, 24, 24).astype(np.uint8)
    order = np.random.default_rng(0).permutation(144)
    seen = []

    def watch(images):
        seen.append(images[..., 0])
        return np.ones((len(images), 1))

    deletion(watch, image, np.array([0]), order[None])
    changed = seen[0][1] != image[0]
    cells = {12 * (row // 2) + column // 2 for row, column in np.argwhere(changed)}
    assert cells == set(order[:12].tolist())
    assert (seen[0][12] == np.rint(image.mean())).all()


def test_insertion_restores_a_blurred_image():
    curves = insertion(scores, IMAGES, np.array([0, 0]), order_of(maps(important_first=True)))
    assert curves[0, 0] < 0.9
    np.testing.assert_allclose(curves[0, 1:], 1, rtol=1e-5)
    last = insertion(scores, IMAGES, np.array([0, 0]), order_of(maps(important_first=False)))
    np.testing.assert_allclose(last[0, :12], curves[0, 0], rtol=1e-5)
    assert last[0, 12] == 1


def test_an_order_breaks_ties_by_its_seed_and_enlarges_smaller_maps():
    zeros = np.zeros((2, 6, 6))
    first = order_of(zeros)
    assert np.array_equal(first, order_of(zeros)) and not np.array_equal(first, order_of(zeros, 1))
    assert not np.array_equal(first[0], first[1])
    assert (np.sort(first, axis=1) == np.arange(144)).all()
    corner = np.zeros((1, 6, 6))
    corner[0, 5, 5] = 1
    assert order_of(corner)[0, 0] == 143
    assert set(order_of(centre_map()[None])[0, :4].tolist()) == {65, 66, 77, 78}


def test_the_mean_of_others_leaves_the_own_map_out():
    values = np.array([1.0, 2.0, 6.0]).reshape(3, 1, 1)
    assert mean_of_others(values).ravel().tolist() == [4, 3.5, 1.5]


def test_areas_are_means_along_the_curve_and_are_compared_in_pairs():
    curves = {"a": np.array([[1, 0.5, 0], [1, 1, 1]]), "b": np.array([[1, 0, 0], [1, 0.5, 1]])}
    assert area(curves["a"]).tolist() == [0.5, 1]
    assert area(curves["b"]).tolist() == [0.25, 0.75]
    random = np.random.default_rng(0)
    curves = {name: random.random((30, 13)) for name in "abc"}
    table = area_table(curves, "b")
    assert isinstance(table, pd.DataFrame) and table.index.tolist() == ["a", "b", "c"]
    assert table.loc["b", "difference"] == 0
    expected = ttest_rel(area(curves["a"]), area(curves["b"])).confidence_interval()
    assert table.loc["a", "difference low"] == pytest.approx(expected.low)
    assert table.loc["a", "difference high"] == pytest.approx(expected.high)
    assert table.loc["c", "low"] < table.loc["c", "area"] < table.loc["c", "high"]
