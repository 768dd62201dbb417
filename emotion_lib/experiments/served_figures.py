"""Figures of a served model that its record holds besides the metrics of every run."""

from dataclasses import replace

import numpy as np

from ..artifacts import ArtifactError, CalibrationRecord, Figures, Record, metrics
from ..artifacts.record import Answered, ConfusionRecord, ReliabilityBin
from ..datasets import Dataset
from ..datasets.sources.ferplus import PERCEIVED_NAME
from ..evaluation import Evaluation, viewers
from ..evaluation.calibration import RISK, abstention_threshold, reliability_bins, selective

# Shares of the test images, the most confident first, at which the record states the risk.
COVERAGES = (0.25, 0.5, 0.75, 0.9, 1.0)


def risk_of(data_name: str) -> float:
    """Return the share of wrong answers that a threshold of "not sure" is fitted for."""
    return viewers.RISK if data_name == PERCEIVED_NAME else RISK


def calibration(val: Evaluation, test: Evaluation, risk: float = RISK) -> CalibrationRecord:
    """Return the calibration as run.json keeps it.

    Args:
        val: calibrated scores on validation, on which the threshold of "not sure" is fitted.
        test: calibrated scores on test.
        risk: share of wrong answers on validation that the threshold is set for.

    Returns:
        The threshold; coverage and risk of answering from it on; the risk of answering only the
        most confident part of the test images (risk-coverage); and the share of correct answers
        per bin of confidence.
    """
    threshold = abstention_threshold(val, risk)
    _, coverage, risks = test.risk_coverage()
    risk_at_coverage = {}
    for share in COVERAGES:
        risk_at_coverage[f"{share:.0%}"] = float(risks[np.searchsorted(coverage, share)])
    reliability = []
    for part in reliability_bins(val):
        reliability.append(ReliabilityBin(part["low"], part["high"], int(part["n"]), part["share"]))
    answered = {
        "val": Answered(**selective(val, threshold)),
        "test": Answered(**selective(test, threshold)),
    }
    return CalibrationRecord(
        threshold=threshold,
        split="validation",
        risk=risk,
        answered=answered,
        risk_at_coverage=risk_at_coverage,
        reliability=tuple(reliability),
    )


def confusion(evaluation: Evaluation, split: str) -> ConfusionRecord:
    """Return the confusion matrix as run.json keeps it.

    Args:
        evaluation: of a single-label task.
        split: that was evaluated, such as "test".
    """
    rows = [tuple(row) for row in evaluation.confusion_matrix.tolist()]
    return ConfusionRecord(split, evaluation.n, tuple(rows), evaluation.recall_interval)


def measured_again(record: Record, dataset: Dataset, val: Evaluation, test: Evaluation) -> Record:
    """Return the record of a served model with its confidence and confusion measured again.

    Args:
        record: of a promoted model.
        dataset: that it was promoted with.
        val: evaluation of its file on validation.
        test: evaluation of its file on test.

    Raises:
        ArtifactError: its metrics are not those of the record.
    """
    found = metrics(dataset, val, test)
    for split in ("val", "test"):
        _check_same(getattr(record.metrics, split), getattr(found, split), split)
    fitted = replace(
        calibration(val, test, record.calibration.risk or RISK),
        temperature=record.calibration.temperature,
        bias=record.calibration.bias,
    )
    return replace(record, calibration=fitted, confusion=confusion(test, "test"))


def int8_measured_again(
    record: Record, dataset: Dataset, val: Evaluation, test: Evaluation
) -> Record:
    """Return the record of a served model with confidence and confusion of its int8 file.

    Args:
        record: of a promoted model that has such a file.
        dataset: that it was promoted with.
        val: evaluation of the int8 file on validation.
        test: evaluation of the int8 file on test.

    Raises:
        ArtifactError: its metrics are not those of the record.
    """
    small = record.model.int8
    found = metrics(dataset, val, test)
    for split in ("val", "test"):
        _check_same(getattr(small.metrics, split), getattr(found, split), split)
    small = replace(
        small,
        calibration=calibration(val, test, risk_of(dataset.name)),
        confusion=confusion(test, "test"),
    )
    return replace(record, model=replace(record.model, int8=small))


def _check_same(recorded: Figures, found: Figures, split: str) -> None:
    # Every figure of decisions follows from these counts; the others differ in the last digits.
    counts = [recorded.n, recorded.accuracy, *recorded.recall.values()]
    if not np.allclose([found.n, found.accuracy, *found.recall.values()], counts, atol=1e-9):
        raise ArtifactError(
            f"Expected the recorded accuracy on {split}, {recorded.accuracy:.4%}, and the recorded "
            f"recall of each class. Received: {found.accuracy:.4%} and {found.recall}. "
            "Promote the run again."
        )
