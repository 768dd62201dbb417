import numpy as np
import pytest

from emotion_lib.evaluation import Evaluation, paired_tests, ranking_groups


def model(correct):
    """Return an evaluation that is right where *correct* is 1; all labels are "happy"."""
    right = np.asarray(correct, dtype=bool)
    scores = np.where(right[:, None], [0.9, 0.1], [0.1, 0.9])
    return Evaluation(np.zeros(len(right), int), scores, ("happy", "sad"))


def right_on_the_first(right, n=40):
    return model(np.arange(n) < right)


def test_a_chain_of_neighbours_is_no_group():
    # Four images against none: p = 2 / 2**4 = 0.125. Eight against none: 2 / 2**8 = 0.008.
    chain = {"c": right_on_the_first(32), "a": right_on_the_first(40), "b": right_on_the_first(36)}
    assert ranking_groups(chain) == {"a": 1, "b": 1, "c": 3}
    pairs = paired_tests(chain).set_index(["first", "second"])
    assert pairs.loc[("c", "b"), "p_adjusted"] > 0.05


def test_the_rank_of_a_group_is_the_place_of_its_first():
    models = {
        "a": right_on_the_first(40),
        "b": right_on_the_first(39),
        "c": right_on_the_first(38),
        "d": right_on_the_first(20),
        "e": right_on_the_first(19),
        "f": right_on_the_first(5),
    }
    assert ranking_groups(models) == {"a": 1, "b": 1, "c": 1, "d": 4, "e": 4, "f": 6}


def test_a_group_that_is_closed_stays_closed():
    # Of 60 images "first" has 50 right. "second" loses 8 of them: 8 against 0, p = 0.008. "third"
    # loses 16 and gains 7: p = 0.09. It is worse than "second", though not told apart from "first".
    images = np.arange(60)
    models = {
        "first": model(images < 50),
        "second": model(images < 42),
        "third": model((images >= 16) & (images < 57)),
    }
    pairs = paired_tests(models).set_index(["first", "second"])
    assert pairs.loc[("first", "third"), "p_adjusted"] > 0.05
    assert ranking_groups(models) == {"first": 1, "second": 2, "third": 2}


def test_the_number_of_pairs_is_accounted_for():
    # 6 against none: p = 2 / 2**6 = 0.031, as the only pair.
    two = {"a": right_on_the_first(40), "b": right_on_the_first(34)}
    assert ranking_groups(two) == {"a": 1, "b": 2}
    # Among six pairs, five of them equal, it is 0.031 * 6 / 3 = 0.0625 at the least.
    four = two | {"c": right_on_the_first(40), "d": right_on_the_first(40)}
    assert set(ranking_groups(four).values()) == {1}


def test_one_model_or_none():
    assert ranking_groups({"a": right_on_the_first(3)}) == {"a": 1}
    assert ranking_groups({}) == {}


def test_other_images_are_an_error():
    with pytest.raises(ValueError, match="same images"):
        ranking_groups({"a": right_on_the_first(3), "b": right_on_the_first(3, n=41)})
