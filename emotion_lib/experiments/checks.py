"""Comparison of recorded figures with recomputed ones."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ..artifacts.record import Figures
from ..artifacts.record_json import encode
from ..evaluation import Evaluation
from .doubtful import decided_as_recorded

Result = Literal["equal", "within", "differs", "not checked"]

_ROUNDING = 1e-9  # of sums in another order
_SAME_SCORES = 1e-7  # of a mean over scores that another size of a batch changes in the last digit
# Figures that depend on decisions alone, which follow exactly; all others depend on the scores.
DECISIONS = frozenset({
    "n", "accuracy", "accuracy_interval_95", "macro_f1", "balanced_accuracy", "recall", "micro_f1",
    "hamming_loss", "prevalence", "thresholds",
})  # fmt: skip
_CALIBRATION_BINS = 15  # of Evaluation.calibration_error


@dataclass(frozen=True)
class Resolution:
    """How exactly recomputed scores are those that were recorded.

    Attributes:
        error: largest error of a score.
        margin: a decision is in doubt if two scores are this close.
        tolerances: of figures that depend on the scores; None: they follow from ``error``.
        reason: why, as a clause.
    """

    error: float
    margin: float
    reason: str
    tolerances: dict[str, float] | None = None


@dataclass(frozen=True)
class Check:
    """A recorded figure, and what was recomputed.

    Attributes:
        part: the evaluation or the part of the record that it belongs to, such as "test".
        figure: its place within that part, such as "recall.happy".
        result: "equal"; "within", if it is one of the values that the rounding of the scores
            allows; "differs"; or "not checked".
        recorded: its value in the record.
        low: the least value that is possible; None if it was not recomputed.
        high: the largest one; equal to ``low`` if only one is possible.
        reason: of "within" and "not checked".
    """

    part: str
    figure: str
    result: Result
    recorded: Any = None
    low: Any = None
    high: Any = None
    reason: str = ""

    @property
    def name(self) -> str:
        """The figure's place below "metrics" in run.json, such as "test.recall.happy"."""
        return f"{self.part}.{self.figure}" if self.figure else self.part

    def __str__(self) -> str:
        expected = shown(self.low)
        if self.low != self.high:
            expected = f"{shown(self.low)} to {shown(self.high)}"
        return f"{self.name} is {shown(self.recorded)}, but the scores give {expected}"


def compared(part: str, recorded: Any, recomputed: Any) -> list[Check]:
    """Return a check of every figure that must be the same, of nested values too.

    Args:
        part: the part of the record.
        recorded: a value, a dictionary, a list or a dataclass of a record.
        recomputed: the same of what was recomputed.
    """
    found = dict(flat(recomputed))
    checks = []
    for figure, value in flat(recorded):
        other = found.get(figure)
        result: Result = "equal" if within(value, other, other) else "differs"
        checks.append(Check(part, figure, result, value, other, other))
    for figure in found.keys() - dict(flat(recorded)).keys():
        checks.append(Check(part, figure, "differs", None, found[figure], found[figure]))
    return checks


def compared_figures(
    part: str, recorded: Figures, evaluation: Evaluation, resolution: Resolution
) -> list[Check]:
    """Return a check of every figure of an evaluation.

    Args:
        part: name of the evaluation.
        recorded: its figures in the record.
        evaluation: the recomputed one.
        resolution: of its scores.
    """
    checks = _compared_as_decided(part, recorded, evaluation, resolution)
    if evaluation.multi_label or all(check.result != "differs" for check in checks):
        return checks
    decided = decided_as_recorded(evaluation, recorded, resolution.margin)
    if decided is None or decided.changes == 0:
        return checks
    answers = "1 answer" if decided.changes == 1 else f"{decided.changes} answers"
    reason = (
        f"with {answers} whose two highest scores are within {resolution.margin:g} decided "
        f"otherwise ({resolution.reason})"
    )
    found = []
    for check in _compared_as_decided(part, recorded, decided.evaluation, resolution):
        if check.figure == "macro_f1" and within(check.recorded, *decided.macro_f1):
            low, high = decided.macro_f1
            check = replace(check, result="within", low=low, high=high, reason=reason)
        elif check.result == "equal" and check.figure.split(".")[0] in DECISIONS:
            check = replace(check, result="within", reason=reason)
        found.append(check)
    return found


def _compared_as_decided(
    part: str, recorded: Figures, evaluation: Evaluation, resolution: Resolution
) -> list[Check]:
    bounds = _bounds(evaluation, resolution)
    summary = dict(flat(evaluation.summary()))
    checks = []
    for figure, value in flat(recorded):
        if figure not in bounds:
            reason = "this version does not compute it"
            checks.append(Check(part, figure, "not checked", value, reason=reason))
            continue
        low, high = bounds[figure]
        result: Result = "differs"
        reason = ""
        if _is_equal(figure, value, summary[figure]):
            result = "equal"
            low = high = summary[figure]
        elif within(value, low, high):
            result = "within"
            reason = resolution.reason
        checks.append(Check(part, figure, result, value, low, high, reason))
    return checks


def _is_equal(figure: str, recorded: Any, recomputed: Any) -> bool:
    if within(recorded, recomputed, recomputed):
        return True
    if figure.split(".")[0] in DECISIONS or recorded is None or recomputed is None:
        return False
    return abs(recorded - recomputed) < _SAME_SCORES


def _bounds(evaluation: Evaluation, resolution: Resolution) -> dict[str, tuple]:
    """Return the least and the largest value of each figure that the exact scores can have had."""
    worst_case, best_case = _extremes(evaluation, resolution)
    worst = dict(flat(worst_case.summary()))
    best = dict(flat(best_case.summary()))
    bounds = {}
    for figure, value in flat(evaluation.summary()):
        kind = figure.split(".")[0]
        if value is None:
            bounds[figure] = (None, None)
        elif kind in DECISIONS:
            bounds[figure] = (min(worst[figure], best[figure]), max(worst[figure], best[figure]))
        else:
            tolerance = _tolerance(kind, evaluation, resolution)
            bounds[figure] = (value - tolerance, value + tolerance)
    return bounds


def _tolerance(figure: str, evaluation: Evaluation, resolution: Resolution) -> float:
    """Return by how much a figure of the scores may differ.

    A score near the edge of a bin may have been in the next one, which moves the calibration error
    by at most two images' worth.
    """
    if resolution.tolerances is not None:
        return resolution.tolerances.get(figure, max(resolution.tolerances.values()))
    confidence = evaluation.y_score.max(axis=1) * _CALIBRATION_BINS
    distance = np.abs(confidence - confidence.round()) / _CALIBRATION_BINS
    near = int((distance <= resolution.error).sum())
    return resolution.error + 2 * near / max(evaluation.n, 1)


def _extremes(evaluation: Evaluation, resolution: Resolution) -> tuple[Evaluation, Evaluation]:
    """Return the evaluation with all doubtful decisions wrong, and with all of them right.

    That is for several labels per image, where a decision is in doubt if rounding may have moved
    its score across the threshold. Every figure of decisions moves in one direction as wrong
    decisions become right, so these two evaluations give its bounds. Of one label per image,
    :func:`emotion_lib.experiments.doubtful.decided_as_recorded` says more.
    """
    if not evaluation.multi_label:
        return evaluation, evaluation
    scores = evaluation.y_score
    thresholds = 0.5 if evaluation.thresholds is None else evaluation.thresholds
    rounding = np.full_like(scores, resolution.error)
    if resolution.tolerances is not None:
        rounding = np.spacing(scores.astype(np.float16)).astype(np.float32) / 2
    doubtful = np.abs(scores - thresholds) <= rounding
    right = np.where(evaluation.y_true, 2, -1)  # beyond any threshold
    wrong = np.where(evaluation.y_true, -1, 2)
    return (
        replace(evaluation, y_score=np.where(doubtful, wrong, scores)),
        replace(evaluation, y_score=np.where(doubtful, right, scores)),
    )


def flat(figures: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield nested figures by their place: ("recall.happy", 0.9)."""
    if hasattr(figures, "__dataclass_fields__"):
        figures = encode(figures)
    if isinstance(figures, list | tuple):
        figures = dict(enumerate(figures))
    if not isinstance(figures, dict):
        yield name, figures
        return
    for key, value in figures.items():
        yield from flat(value, f"{name}.{key}" if name else str(key))


def within(recorded: object, low: Any, high: Any) -> bool:
    """Return whether a recorded figure lies between two values, but for the order of sums."""
    if isinstance(recorded, str):
        return recorded == low
    if low is None or high is None or not isinstance(recorded, int | float):
        return recorded is None and low is None
    return low - _ROUNDING <= recorded <= high + _ROUNDING  # False for NaN


def shown(value: object) -> str:
    """Return a figure as text, with six digits."""
    return f"{value:.6g}" if isinstance(value, float) else f"{value!r:.80}"
