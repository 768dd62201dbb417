"""Checks of a promoted model's recorded confidence and confusion against its evaluations."""

from dataclasses import dataclass

import numpy as np

from ..artifacts import CalibrationRecord
from ..artifacts.record import Answered, ConfusionRecord, ReliabilityBin
from ..evaluation import Evaluation
from ..evaluation.calibration import abstention_threshold
from .checks import Check, Resolution, Result, compared
from .served_figures import calibration, confusion

_EDGE_ERROR = 1.01e-4  # edges of bins have four decimals


@dataclass(frozen=True)
class _Sure:
    """Images of a range of confidence: those surely in it, and those that rounding may move."""

    images: np.ndarray
    doubtful: np.ndarray

    def allows(self, correct: np.ndarray, count: float, hits: float) -> bool:
        """Return whether so many images, so many of them correct, can be in the range."""
        more = round(count) - int(self.images.sum())
        more_hits = round(hits) - int(correct[self.images].sum())
        right = int(correct[self.doubtful].sum())
        wrong = int(self.doubtful.sum()) - right
        whole = abs(count - round(count)) < 1e-6 and abs(hits - round(hits)) < 1e-6
        return whole and 0 <= more_hits <= right and 0 <= more - more_hits <= wrong


def confidence_checks(
    part: str,
    recorded: CalibrationRecord,
    val: Evaluation,
    test: Evaluation,
    resolution: Resolution,
) -> list[Check]:
    """Return a check of each recorded figure of a promoted model's confidence.

    Args:
        part: name of this part of the record.
        recorded: what the record says.
        val: the recomputed evaluation on validation.
        test: the one on test.
        resolution: of their scores.
    """
    found = calibration(val, test, recorded.risk or 0.25)
    threshold = abstention_threshold(val, recorded.risk or 0.25)
    low = threshold - resolution.error
    high = threshold + resolution.error
    near: Result = "within" if low <= recorded.threshold <= high else "differs"
    result = "equal" if recorded.threshold == threshold else near
    reason = resolution.reason if result == "within" else ""
    checks = [Check(part, "threshold", result, recorded.threshold, threshold, threshold, reason)]
    if recorded.split is not None:
        checks += compared(part, {"split": recorded.split}, {"split": found.split})
    for split, evaluation in (("val", val), ("test", test)):
        if split in recorded.answered:
            range_ = _above(evaluation, threshold, resolution.error)
            answered = recorded.answered[split]
            checks += _bounded(
                compared(part, {"answered": {split: answered}}, {"answered": found.answered}),
                f"answered.{split}.",
                _answered_fits(answered, evaluation, range_),
                resolution.reason,
            )
    for share, risk in recorded.risk_at_coverage.items():
        checks += _bounded(
            compared(
                part,
                {"risk at": {share: risk}},
                {"risk at": {share: found.risk_at_coverage[share]}},
            ),
            "risk at",
            _risk_fits(share, risk, test, resolution.error),
            resolution.reason,
        )
    checks += _reliability(part, recorded.reliability, found.reliability, val, resolution)
    for name in ("temperature", "bias"):
        if getattr(recorded, name):
            why = "it is part of the weights, which were scaled and rounded afterwards"
            checks.append(Check(part, name, "not checked", getattr(recorded, name), reason=why))
    return checks


def confusion_checks(part: str, recorded: ConfusionRecord, test: Evaluation) -> list[Check]:
    """Return a check of each count of a recorded confusion matrix, and of the intervals.

    Args:
        part: name of this part of the record.
        recorded: what the record says.
        test: the recomputed evaluation on test, with doubtful answers as the record has them.
    """
    return compared(part, recorded, confusion(test, "test"))


def _above(evaluation: Evaluation, threshold: float, error: float) -> _Sure:
    """Return the images that are answered from a threshold on, which is a confidence itself."""
    confidence = evaluation.y_score.max(axis=1).astype(np.float64)
    doubtful = (np.abs(confidence - threshold) <= error) & (confidence != threshold)
    return _Sure((confidence >= threshold) & ~doubtful, doubtful)


def _answered_fits(recorded: Answered, evaluation: Evaluation, range_: _Sure) -> bool:
    count = recorded.coverage * evaluation.n
    return range_.allows(evaluation.correct, count, count * (1 - recorded.risk))


def _risk_fits(share: str, risk: float, test: Evaluation, error: float) -> bool:
    """Return whether the most confident share of the images can have this risk."""
    confidence = np.sort(test.y_score.max(axis=1).astype(np.float64))[::-1]
    coverage = np.arange(1, test.n + 1) / test.n
    count = int(np.searchsorted(coverage, float(share.rstrip("%")) / 100)) + 1
    edge = confidence[count - 1]
    confidence = test.y_score.max(axis=1).astype(np.float64)
    doubtful = np.abs(confidence - edge) <= error
    range_ = _Sure(confidence > edge + error, doubtful)
    return range_.allows(test.correct, count, count * (1 - risk))


def _reliability(
    part: str,
    recorded: tuple[ReliabilityBin, ...],
    found: tuple[ReliabilityBin, ...],
    val: Evaluation,
    resolution: Resolution,
) -> list[Check]:
    checks = []
    confidence = val.y_score.max(axis=1).astype(np.float64)
    for index, bin_ in enumerate(recorded):
        other = found[index] if index < len(found) else None
        doubtful = np.zeros(val.n, bool)
        for edge in (bin_.low, bin_.high):
            doubtful |= np.abs(confidence - edge) <= resolution.error
        inside = (confidence >= bin_.low) & ((confidence < bin_.high) | (bin_.high == 1))
        fits = _Sure(inside & ~doubtful, doubtful).allows(val.correct, bin_.n, bin_.n * bin_.share)
        if other is not None:
            fits &= abs(bin_.low - other.low) < _EDGE_ERROR
            fits &= abs(bin_.high - other.high) < _EDGE_ERROR
        place = f"reliability.{index}"
        bins = compared(part, {"reliability": {index: bin_}}, {"reliability": {index: other}})
        checks += _bounded(bins, place, fits and other is not None, resolution.reason)
    if len(found) != len(recorded) and recorded:
        lengths = Check(part, "reliability", "differs", len(recorded), len(found), len(found))
        checks.append(lengths)
    return checks


def _bounded(checks: list[Check], start: str, fits: bool, reason: str) -> list[Check]:
    """Return the checks of some figures; those that differ are within bounds if they fit."""
    found = []
    for check in checks:
        if not check.figure.startswith(start):
            continue
        if check.result == "differs" and fits and check.low is not None:
            check = Check(
                check.part, check.figure, "within", check.recorded, check.low, check.high, reason
            )
        found.append(check)
    return found
