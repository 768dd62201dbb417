"""Answers in doubt: all recorded figures must follow from one choice of them."""

from dataclasses import replace

import numpy as np
import pytest

from emotion_lib.artifacts import Figures
from emotion_lib.artifacts.record_json import decode
from emotion_lib.evaluation import Evaluation
from emotion_lib.experiments import doubtful
from emotion_lib.experiments.checks import Resolution, compared_figures

NAMES = ("a", "b", "c")
RESOLUTION = Resolution(1e-5, 1e-4, "rounding")
# Rows 0 and 1 are in doubt between a and b, row 2 between b and c.
SCORES = np.array(
    [[0.45, 0.45001, 0.09], [0.45, 0.44999, 0.1], [0.1, 0.44, 0.44004], [0.8, 0.1, 0.1],
     [0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.1, 0.2, 0.7], [0.6, 0.3, 0.1]], np.float32,
)  # fmt: skip
LABELS = np.array([0, 0, 1, 0, 1, 2, 1, 2])


def evaluation(**answers) -> Evaluation:
    """Return the evaluation with other answers for some rows: ``row_0="a"``."""
    scores = SCORES.copy()
    for row, name in answers.items():
        scores[int(row[-1]), NAMES.index(name)] = 0.9
    return Evaluation(LABELS, scores, NAMES)


def recorded(source: Evaluation, **changes) -> Figures:
    return replace(decode(Figures, source.summary()), **changes)


def results(figures: Figures) -> dict[str, str]:
    checks = compared_figures("test", figures, evaluation(), RESOLUTION)
    return {check.figure: check.result for check in checks if check.figure != "calibration_error"}


def test_figures_of_the_same_answers_are_equal():
    assert set(results(recorded(evaluation())).values()) == {"equal"}


@pytest.mark.parametrize(
    ("answers", "changes"),
    [
        ({"row_0": "a"}, 1),
        ({"row_1": "b"}, 1),
        ({"row_2": "b"}, 1),
        ({"row_0": "a", "row_2": "b"}, 2),
        ({"row_0": "a", "row_1": "b"}, 2),
    ],
)
def test_figures_of_doubtful_answers_are_within_rounding(answers, changes):
    other = evaluation(**answers)
    found = doubtful.decided_as_recorded(evaluation(), recorded(other), 1e-4)
    if other.accuracy == evaluation().accuracy:  # one more right and one more wrong of a class
        assert found.changes == 0
        return
    assert found.changes == changes
    assert np.array_equal(found.evaluation.y_pred, other.y_pred)
    assert set(results(recorded(other)).values()) == {"within"}


def test_an_answer_that_is_not_in_doubt_makes_a_difference():
    assert "differs" in results(recorded(evaluation(row_7="c"))).values()
    assert doubtful.decided_as_recorded(evaluation(), recorded(evaluation(row_4="a")), 1e-4) is None


@pytest.mark.parametrize("figure", ["accuracy", "macro_f1", "balanced_accuracy", "n"])
@pytest.mark.parametrize("error", [1 / 8, 0.001, -1e-6])
def test_doubtful_answers_hide_no_wrong_figure(figure, error):
    """The wrong figure alone differs, although an answer in doubt would move it by as much."""
    for source in (evaluation(), evaluation(row_0="a")):
        figures = recorded(source)
        wrong = replace(figures, **{figure: getattr(figures, figure) + error})
        assert results(wrong)[figure] == "differs"


def test_a_wrong_recall_differs():
    figures = recorded(evaluation())
    wrong = replace(figures, recall=figures.recall | {"a": figures.recall["a"] + 1 / 3})
    assert "differs" in results(wrong).values()


def test_too_many_choices_give_bounds(monkeypatch):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300)
    scores = np.full((300, 3), 0.33, np.float32)
    scores[np.arange(300), rng.integers(0, 3, 300)] += 1e-5
    found = Evaluation(labels, scores, NAMES)
    moved = scores.copy()
    moved[np.arange(8), labels[:8]] += 1e-4
    figures = recorded(Evaluation(labels, moved, NAMES))
    exact = doubtful.decided_as_recorded(found, figures, 1e-3)
    low, high = exact.macro_f1
    assert low == high == pytest.approx(figures.macro_f1)
    monkeypatch.setattr(doubtful, "_MOST_STATES", 200)
    bounded = doubtful.decided_as_recorded(found, figures, 1e-3)
    if bounded is not None:
        assert bounded.macro_f1[0] <= figures.macro_f1 <= bounded.macro_f1[1]
    wrong = replace(figures, macro_f1=figures.macro_f1 + 0.05)
    assert doubtful.decided_as_recorded(found, wrong, 1e-3) is None
