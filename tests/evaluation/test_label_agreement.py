"""Own labels against viewers' votes, on counts that were worked out by hand."""

import numpy as np
import pytest

from emotion_lib.evaluation import Evaluation, wilson_interval
from emotion_lib.evaluation.label_agreement import (
    accuracy_by_agreement,
    agreement_per_class,
    oracle_bounds,
    verdict,
    vote_oracle,
)

NAMES = ("happy", "neutral", "sad")
LABELS = np.array([0, 0, 0, 1, 1, 2, 2])
COUNTS = np.array(
    [
        [10, 0, 0],  # as labelled
        [6, 4, 0],  # as labelled
        [2, 8, 0],  # neutral instead
        [0, 5, 5],  # two answers, the label is one of them
        [4, 0, 4],  # two answers, the label is none of them
        [0, 7, 3],  # neutral instead
        [0, 0, 0],  # no vote
    ]
)


def test_the_oracle_leaves_out_ties_and_images_without_votes():
    oracle = vote_oracle(LABELS, COUNTS, NAMES)
    assert oracle.n == 4 and oracle.accuracy == 0.5
    np.testing.assert_array_equal(oracle.confusion_matrix, [[2, 1, 0], [0, 0, 0], [0, 1, 0]])
    np.testing.assert_allclose(oracle.y_score[1], [0.6, 0.4, 0.0])


def test_the_bounds_count_every_image():
    bounds = oracle_bounds(LABELS, COUNTS)
    assert bounds["images"] == 7 and bounds["one answer"] == 4
    assert bounds["ties wrong"] == pytest.approx(2 / 7)
    assert bounds["ties at random"] == pytest.approx((2 + 1 / 2 + 1 / 3) / 7)
    assert bounds["ties right"] == pytest.approx(4 / 7)


def test_agreement_is_per_own_label_with_the_most_frequent_other_answer():
    table = agreement_per_class(vote_oracle(LABELS, COUNTS, NAMES))
    assert table.index.tolist() == [*NAMES, "all"]
    happy = table.loc["happy"]
    assert happy["n"] == 3 and happy["agreement"] == pytest.approx(2 / 3)
    assert (happy["low"], happy["high"]) == pytest.approx(wilson_interval(2, 3))
    assert happy["other answer"] == "neutral" and happy["share"] == pytest.approx(1 / 3)
    assert table.loc["sad", "agreement"] == 0 and table.loc["sad", "share"] == 1
    assert np.isnan(table.loc["neutral", "agreement"])
    assert table.loc["neutral", "other answer"] == ""
    assert table.loc["all", "n"] == 4 and table.loc["all", "agreement"] == 0.5


def test_accuracy_by_the_number_of_agreeing_votes():
    scores = np.eye(3)[[0, 1, 1, 1, 0, 2, 2]]  # right, wrong, wrong, right, wrong, right, right
    table = accuracy_by_agreement(Evaluation(LABELS, scores, NAMES), COUNTS)
    assert table.index.tolist() == [10, 8, 7, 6, 5, 4, 0]
    assert table["n"].sum() == 7
    assert table["accuracy"].tolist() == [1, 0, 1, 0, 1, 0, 1]
    scores = np.eye(3)[[0, 0, 0, 1, 1, 2, 2]]
    two = np.array([[9, 1, 0]] * 4 + [[3, 0, 2]] * 3)
    table = accuracy_by_agreement(Evaluation(np.zeros(7, int), scores, NAMES), two)
    assert table.loc[9, "accuracy"] == 0.75 and table.loc[3, "accuracy"] == 0
    assert (table.loc[9, "low"], table.loc[9, "high"]) == pytest.approx(wilson_interval(3, 4))


def test_viewers_side_with_the_suggestion_the_label_or_neither():
    row = verdict(LABELS, np.array([1, 1, 1, 0, 0, 0, 0]), COUNTS)
    # Of the four images with one answer: as labelled, as labelled, as suggested, neither.
    assert row["n"] == 4
    assert row["suggestion"] == 0.25 and row["label"] == 0.5 and row["neither"] == 0.25
    assert (row["low"], row["high"]) == pytest.approx(wilson_interval(1, 4))


def test_no_image_with_one_answer_is_no_error():
    row = verdict(np.array([0]), np.array([1]), np.array([[5, 5]]))
    assert row["n"] == 0 and np.isnan(row["suggestion"])
    assert (row["low"], row["high"]) == (0, 1)
