"""Figures by groups: against SciPy, published examples and worked by hand."""

import numpy as np
import pytest
from scipy.stats import PermutationMethod, chi2_contingency, fisher_exact, norm

from emotion_lib.evaluation import Evaluation, wilson_interval
from emotion_lib.evaluation.group_differences import (
    difference,
    permutation_p_value,
    standardised,
)
from emotion_lib.evaluation.group_sentences import group_sentences
from emotion_lib.evaluation.groups import FEWEST, SMALL, break_down

NAMES = ("happy", "sad")


def evaluation_of(*cells):
    """Return an evaluation and the group of each picture; a cell: group, label, right, n."""
    labels = []
    answers = []
    groups = []
    for group, label, right, n in cells:
        labels += [label] * n
        answers += [label] * right + [1 - label] * (n - right)
        groups += [group] * n
    scores = np.where(np.array(answers)[:, None] == [0, 1], 0.9, 0.1)
    return Evaluation(np.array(labels), scores, NAMES), groups


def test_the_interval_of_a_difference_is_newcombe_s():
    """Newcombe, Statistics in Medicine 1998, table II, method 10, the examples (a) and (c)."""
    for right, expected in (
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((10, 10, 0, 20), (0.6791, 1.0)),
    ):
        first, n_first, second, n_second = right
        found = difference(
            (first / n_first, *wilson_interval(first, n_first)),
            (second / n_second, *wilson_interval(second, n_second)),
        )
        assert found[0] == pytest.approx(first / n_first - second / n_second)
        assert found[1:] == pytest.approx(expected, abs=6e-5)


def test_the_permutation_test_of_one_class_is_pearson_s():
    hits = np.array([[30], [22], [9]])
    n = np.array([[40], [40], [20]])
    table = np.hstack([hits, n - hits])
    exact = chi2_contingency(
        table, correction=False, method=PermutationMethod(n_resamples=9_999, rng=1)
    )
    alone = np.ones(1)
    assert permutation_p_value(hits, n, alone) == pytest.approx(exact.pvalue, abs=0.015)
    pearson = chi2_contingency(table, correction=False).pvalue
    assert permutation_p_value(hits, n, alone) == pytest.approx(pearson, abs=0.03)
    # For two groups of equal size both tails of Fisher's test are alike.
    hits = np.array([[15], [9]])
    n = np.array([[20], [20]])
    fisher = fisher_exact(np.hstack([hits, n - hits])).pvalue
    assert permutation_p_value(hits, n, alone) == pytest.approx(fisher, abs=0.015)


def test_the_permutation_test_within_classes_is_that_of_the_standardised_difference():
    """Against the normal distribution, whose variance is worked by hand."""
    hits = np.array([[830, 380], [1600, 140]])
    n = np.array([[1000, 600], [2000, 250]])
    shares = np.array([0.3, 0.7])
    gap = shares @ (hits[0] / n[0] - hits[1] / n[1])
    rate = hits.sum(axis=0) / n.sum(axis=0)
    variance = (shares**2 * rate * (1 - rate) * (1 / n[0] + 1 / n[1])).sum()
    expected = 2 * norm.sf(abs(gap) / np.sqrt(variance))
    assert 0.01 < expected < 0.3
    assert permutation_p_value(hits, n, shares) == pytest.approx(expected, abs=0.02)


def test_no_difference_and_nothing_to_compare_have_a_p_value_of_one():
    alone = np.ones(1)
    assert permutation_p_value(np.array([[5], [5]]), np.array([[10], [10]]), alone) == 1
    assert permutation_p_value(np.array([[10], [4]]), np.array([[10], [4]]), alone) == 1
    # Each group has a class of its own: nothing can be compared within classes.
    hits = np.array([[10, 0], [0, 2]])
    n = np.array([[20, 0], [0, 20]])
    assert permutation_p_value(hits, n, np.array([0.5, 0.5])) == 1


def test_standardised_accuracy_by_hand():
    result, _ = evaluation_of(("a", 0, 90, 100), ("a", 1, 5, 10))
    value, low, high = standardised(result, np.array([0.25, 0.75]))
    assert value == pytest.approx(0.25 * 0.9 + 0.75 * 0.5)
    happy = wilson_interval(90, 100)
    sad = wilson_interval(5, 10)
    below = np.hypot(0.25 * (0.9 - happy[0]), 0.75 * (0.5 - sad[0]))
    above = np.hypot(0.25 * (happy[1] - 0.9), 0.75 * (sad[1] - 0.5))
    assert (low, high) == pytest.approx((value - below, value + above))
    # A single class: Wilson's own interval.
    alone, _ = evaluation_of(("a", 0, 90, 100))
    assert standardised(alone, np.array([1.0, 0.0])) == pytest.approx((0.9, *happy))
    assert np.isnan(standardised(alone, np.array([0.5, 0.5]))).all()


def test_simpson_s_paradox_a_gap_of_the_classes_alone():
    """Group b is better in both classes, and worse over all, as its pictures are harder."""
    result, groups = evaluation_of(
        ("a", 0, 90, 100), ("a", 1, 4, 10), ("b", 0, 19, 20), ("b", 1, 50, 100)
    )
    found = break_down(result, {"camera": groups})
    table = found.table.set_index("group")
    assert table.loc["a", "accuracy"] == pytest.approx(94 / 110)
    assert table.loc["b", "accuracy"] == pytest.approx(69 / 120)
    # 120 of the 230 pictures are happy.
    assert table.loc["a", "standardised"] == pytest.approx((120 * 0.9 + 110 * 0.4) / 230)
    assert table.loc["b", "standardised"] == pytest.approx((120 * 0.95 + 110 * 0.5) / 230)
    (pair,) = found.pairs.to_dict("records")
    assert (pair["first"], pair["second"]) == ("a", "b")
    assert pair["difference"] > 0.25 and pair["p_value"] < 1e-5
    assert pair["standardised_difference"] < 0 and pair["p_within_classes"] > 0.2
    assert pair["standardised_low"] < 0 < pair["standardised_high"]
    (test,) = found.tests.to_dict("records")
    assert test["p_value"] < 0.001 < 0.2 < test["p_within_classes"]
    assert (test["groups"], test["n"]) == (2, 230)


def test_the_figures_of_a_group_are_those_of_its_pictures():
    result, groups = evaluation_of(("a", 0, 40, 50), ("a", 1, 10, 50), ("b", 0, 50, 50))
    faces = [True] * 25 + [False] * 125
    found = break_down(result, {"camera": groups}, threshold=0.5, face_found=faces)
    row = found.table.iloc[0]
    part = result.where(np.array(groups) == "a")
    assert (row["n"], row["n_happy"], row["n_sad"]) == (100, 50, 50)
    assert (row["low"], row["high"]) == pytest.approx(wilson_interval(50, 100))
    assert row["balanced_accuracy"] == pytest.approx((0.8 + 0.2) / 2)
    assert row["macro_f1"] == pytest.approx(part.macro_f1)
    assert row["mean_confidence"] == pytest.approx(0.9)
    assert row["calibration_error"] == pytest.approx(0.9 - 0.5)
    assert (row["not_sure"], row["wrong_answers"]) == pytest.approx((0, 0.5))
    assert (row["recall_happy"], row["recall_sad"]) == pytest.approx((0.8, 0.2))
    # Group b has no sad face, so both are compared by the happy ones alone.
    assert found.table["standardised"].tolist() == pytest.approx([0.8, 1.0])
    assert found.table["face_found"].tolist() == [0.25, 0]
    assert "not_sure" not in break_down(result, {"camera": groups}).table


def test_p_values_are_adjusted_over_the_pairs_of_all_columns():
    result, groups = evaluation_of(("a", 0, 40, 50), ("b", 0, 30, 50), ("c", 0, 45, 50))
    halves = ["x", "y"] * 75
    found = break_down(result, {"camera": groups, "half": halves})
    assert found.pairs["column"].tolist() == ["camera"] * 3 + ["half"]
    ordered = np.sort(found.pairs["p_value"])
    assert found.pairs["p_adjusted_value"].min() == pytest.approx(
        (ordered * 4 / np.arange(1, 5)).min()
    )


def test_small_and_unknown_groups_are_shown_but_not_compared():
    result, groups = evaluation_of(
        ("a", 0, 90, 100), ("b", 0, 60, SMALL - 1), ("c", 0, 1, FEWEST - 1), ("", 0, 0, 50)
    )
    found = break_down(result, {"place": groups})
    assert found.table["group"].tolist() == ["a", "b", "c", "unknown"]
    assert found.pairs[["first", "second"]].to_numpy().tolist() == [["a", "b"]]
    assert found.tests["n"].tolist() == [100 + SMALL - 1]
    gap, few, small = group_sentences(found)
    assert gap.startswith("place: the largest gap of 1 pairs is a over b, +")
    assert f"fewer than {FEWEST} pictures, so shown but not compared: c ({FEWEST - 1})" in few
    assert f"fewer than {SMALL} pictures" in small and f"b ({SMALL - 1}), unknown (50)" in small
    # The limit is where Wilson's interval reaches 10 points to each side.
    assert SMALL == 93
    low, high = wilson_interval(46, 92)
    assert (high - low) / 2 > 0.1
    low, high = wilson_interval(47, 94)
    assert (high - low) / 2 < 0.1


def test_a_single_group_is_compared_with_none():
    result, groups = evaluation_of(("a", 0, 90, 100))
    found = break_down(result, {"place": groups})
    assert not len(found.pairs) and not len(found.tests)
    assert group_sentences(found) == [
        "place: fewer than two groups have 30 pictures, so none are compared"
    ]


def test_what_is_no_column_of_groups():
    result, _ = evaluation_of(("a", 0, 90, 100))
    with pytest.raises(ValueError, match="Expected 100 groups in age, one per picture"):
        break_down(result, {"age": ["young"]})
    with pytest.raises(ValueError, match="Put ranges in place of numbers"):
        break_down(result, {"age": [str(number) for number in range(100)]})
    several = Evaluation(np.ones((4, 2), bool), np.ones((4, 2)), NAMES)
    with pytest.raises(ValueError, match="one label per picture"):
        break_down(several, {"age": ["a"] * 4})
