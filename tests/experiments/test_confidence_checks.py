"""Recorded confidence and confusion against recomputed ones."""

from dataclasses import replace

import numpy as np
import pytest

from emotion_lib.artifacts.record import Answered
from emotion_lib.evaluation import Evaluation
from emotion_lib.experiments.checks import Resolution
from emotion_lib.experiments.confidence_checks import confidence_checks, confusion_checks
from emotion_lib.experiments.served_figures import calibration, confusion

RESOLUTION = Resolution(1e-5, 1e-4, "rounding")
N = 500


def evaluation(seed: int, noise: float = 0.0) -> Evaluation:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, N)
    scores = rng.dirichlet([1] * 3, N)
    scores[np.arange(N), labels] += rng.random(N)
    scores /= scores.sum(axis=1, keepdims=True)
    scores += noise * np.random.default_rng(9).uniform(-1, 1, scores.shape)
    return Evaluation(labels, scores.astype(np.float32), ("a", "b", "c"))


VAL = evaluation(0)
TEST = evaluation(1)
RECORD = calibration(VAL, TEST, 0.1)


def differing(recorded, val=VAL, test=TEST) -> set[str]:
    checks = confidence_checks("confidence", recorded, val, test, RESOLUTION)
    return {check.figure for check in checks if check.result == "differs"}


def test_the_same_scores_give_the_same_figures():
    checks = confidence_checks("confidence", RECORD, VAL, TEST, RESOLUTION)
    assert {check.result for check in checks} == {"equal"}
    figures = {check.figure for check in checks}
    assert {"threshold", "answered.val.coverage", "risk at.25%", "reliability.0.low"} <= figures


def test_another_processor_gives_figures_within_rounding():
    for noise in (1e-7, 3e-6):
        assert not differing(RECORD, evaluation(0, noise), evaluation(1, noise))
    assert differing(RECORD, evaluation(0, 0.01), evaluation(1, 0.01))


@pytest.mark.parametrize("error", [1 / N, 0.001, -1e-6])
def test_a_wrong_figure_differs(error):
    answered = RECORD.answered["test"]
    wrong = {
        "threshold": replace(RECORD, threshold=RECORD.threshold + max(error, 1e-4)),
        "answered.test.coverage": replace(
            RECORD,
            answered=RECORD.answered | {"test": Answered(answered.coverage + error, answered.risk)},
        ),
        "answered.test.risk": replace(
            RECORD,
            answered=RECORD.answered | {"test": Answered(answered.coverage, answered.risk + error)},
        ),
        "risk at.50%": replace(
            RECORD,
            risk_at_coverage=RECORD.risk_at_coverage
            | {"50%": RECORD.risk_at_coverage["50%"] + error},
        ),
        "reliability.3.share": replace(
            RECORD,
            reliability=tuple(
                replace(part, share=part.share + error) if index == 3 else part
                for index, part in enumerate(RECORD.reliability)
            ),
        ),
    }
    for figure, record in wrong.items():
        assert figure in differing(record), figure
    assert differing(replace(RECORD, reliability=RECORD.reliability[:-1]))


def test_a_wrong_count_of_the_confusion_differs():
    recorded = confusion(TEST, "test")
    assert {check.result for check in confusion_checks("c", recorded, TEST)} == {"equal"}
    counts = [list(row) for row in recorded.counts]
    counts[1][2] += 1
    wrong = replace(recorded, counts=tuple(map(tuple, counts)))
    (check,) = [c for c in confusion_checks("c", wrong, TEST) if c.result == "differs"]
    assert check.figure == "counts.1.2"


def test_the_name_of_another_split_differs():
    assert differing(replace(RECORD, split="test")) == {"split"}
    recorded = replace(confusion(TEST, "test"), split="val")
    checks = confusion_checks("confusion", recorded, TEST)
    assert [check.figure for check in checks if check.result == "differs"] == ["split"]
