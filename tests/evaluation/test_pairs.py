import numpy as np
import pytest
from scipy.stats import binomtest, false_discovery_control

from emotion_lib import evaluation
from emotion_lib.evaluation import Evaluation, paired_tests

LABELS = np.zeros(40, int)


def model(right):
    """Return the evaluation of a model that is right on the first few of 40 images."""
    scores = np.where(np.arange(40)[:, None] < right, [0.9, 0.1], [0.1, 0.9])
    return Evaluation(LABELS, scores, ("happy", "sad"))


def test_all_pairs_are_compared_and_adjusted():
    models = {"a": model(39), "b": model(38), "c": model(31), "d": model(20)}
    pairs = evaluation.compare_all(models)
    assert list(zip(pairs["first"], pairs["second"], strict=True)) == [
        ("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d")
    ]  # fmt: skip
    one = evaluation.compare(models["a"], models["c"])
    row = pairs.iloc[1]
    assert (row["difference"], row["low"], row["high"]) == (one.difference, *one.interval)
    assert row["p_value"] == one.p_value
    assert pairs["p_adjusted"].tolist() == pytest.approx(false_discovery_control(pairs["p_value"]))


def test_the_sentence_counts_before_and_after_the_adjustment():
    pairs = evaluation.compare_all({"a": model(40), "b": model(34), "c": model(33)}, draws=1)
    assert (pairs["p_value"] < 0.05).tolist() == [True, True, False]
    text = evaluation.pairs_sentence(pairs, 40)
    assert text.startswith("Every two of the 3 runs were compared on the same 40 test images")
    assert "Of 3 pairs, 2 have p < 0.05; 2 still have after" in text
    assert text.endswith("and 1 cannot be told apart.")


def test_a_single_model_has_no_pairs():
    pairs = evaluation.compare_all({"a": model(40)})
    assert len(pairs) == 0
    assert "p_adjusted" in pairs


def test_the_tests_of_all_pairs_are_those_of_scipy():
    generator = np.random.default_rng(0)
    models = {}
    for name, share in {"a": 0.8, "b": 0.7, "c": 0.7, "d": 0.3}.items():
        right = generator.random(40) < share
        scores = np.where(right[:, None], [0.9, 0.1], [0.1, 0.9])
        models[name] = Evaluation(LABELS, scores, ("happy", "sad"))
    pairs = paired_tests(models)
    for row in pairs.itertuples():
        one = evaluation.compare(models[row.first], models[row.second])
        assert (row.only_first, row.only_second) == (one.only_first, one.only_second)
        discordant = one.only_first + one.only_second
        assert row.p_value == pytest.approx(binomtest(one.only_first, discordant).pvalue)
        assert row.difference == one.difference
    assert pairs["p_adjusted"].tolist() == pytest.approx(false_discovery_control(pairs["p_value"]))
