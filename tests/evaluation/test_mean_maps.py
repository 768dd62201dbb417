"""Mean maps per class, and how much they are alike."""

import numpy as np
import pytest

from emotion_lib.evaluation.mean_maps import map_correlations, mean_maps


def test_a_class_has_the_mean_of_its_maps():
    maps = np.arange(12.0).reshape(3, 2, 2)
    means = mean_maps(maps, np.array([2, 0, 2]), 3)
    np.testing.assert_array_equal(means[0], maps[1])
    np.testing.assert_array_equal(means[2], [[4, 5], [6, 7]])
    assert np.isnan(means[1]).all()


def test_classes_with_the_same_map_are_as_alike_as_halves_of_one_class():
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2, 3], [40, 40, 40, 3])
    upper = np.repeat([1.0, 0.0], 18).reshape(6, 6)
    maps = random.normal(0, 1, (len(labels), 6, 6)) + upper
    maps[labels == 2] = random.normal(0, 1, (40, 6, 6)) - upper
    table = map_correlations(maps, labels, ("a", "b", "c", "few"))
    assert table.index.tolist() == table.columns.tolist() == ["a", "b", "c"]
    np.testing.assert_allclose(table, table.T)
    # Two means over 20 maps: variance 0.25 of the picture, 0.05 of the noise. 0.25 / 0.30.
    assert table.loc["a", "a"] == pytest.approx(0.25 / 0.30, abs=0.06)
    assert table.loc["a", "b"] == pytest.approx(table.loc["a", "a"], abs=0.06)
    assert table.loc["a", "c"] == pytest.approx(-0.25 / 0.30, abs=0.06)
