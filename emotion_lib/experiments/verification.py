"""Verification of recorded figures: they are recomputed from the scores beside the record."""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..artifacts import ArtifactError, Run
from ..artifacts.record import Figures
from ..artifacts.record_json import encode
from ..datasets import Dataset
from ..evaluation import Evaluation

_ROUNDING = 1e-9  # of sums in another order
# Scores are kept as float16. Figures that depend on decisions alone follow exactly; these depend on
# the scores themselves. None of the shipped records differs by more than half of this.
TOLERANCES = {
    "calibration_error": 0.005,
    "mean_average_precision": 0.001,
    "average_precision": 0.002,
}
MAX_SCORES_BYTES = 2**28  # a zip of some kilobytes can hold a thousand times as much
# What a damaged file of scores makes its reader raise.
_DAMAGE = (
    OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """A recorded figure that does not follow from the recorded scores.

    Attributes:
        figure: its place below "metrics" in run.json, such as "test.recall.happy".
        recorded: its value there.
        low: the least value that the scores allow.
        high: the largest value that the scores allow; equal to ``low`` if only one is possible.
    """

    figure: str
    recorded: object
    low: float | None
    high: float | None

    def __str__(self) -> str:
        expected = _shown(self.low)
        if self.low != self.high:
            expected = f"{_shown(self.low)} to {_shown(self.high)}"
        return f"{self.figure} is {_shown(self.recorded)}, but the scores give {expected}"


def check_figures(run: Run, dataset: Dataset | None = None) -> list[Difference]:
    """Return the figures of a record that do not follow from its scores.

    Args:
        run: a recorded run with ``val_scores.npz`` and ``test_scores.npz``.
        dataset: the data set that it was trained on, by which figures without training twins are
            recomputed too. Another data set is ignored.

    Raises:
        ArtifactError: the scores are missing or damaged, or do not fit the class names.
    """
    return _compared(run, dataset)[0]


def unchecked_figures(run: Run, dataset: Dataset | None = None) -> list[str]:
    """Return the names of a record's figures that :func:`check_figures` cannot recompute.

    These are "test_without_twins" unless the data is given, and all further evaluations, which
    need the model.

    Raises:
        ArtifactError: see :func:`check_figures`.
    """
    return _compared(run, dataset)[1]


def read_scores(run: Run, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels and the scores of a split as they are kept.

    Args:
        run: a recorded run.
        split: "val" or "test".

    Returns:
        Labels int64 ``(n,)``, or bool ``(n, num_classes)`` where an image may have several; scores
        float16 ``(n, num_classes)``.

    Raises:
        ArtifactError: the file is missing, damaged or too large, or holds something else.
    """
    file = run.folder / f"{split}_scores.npz"
    try:
        _check_file(file)
        with np.load(file) as arrays:
            labels = arrays["y_true"]
            scores = arrays["y_score"]
    except FileNotFoundError as error:
        raise _no_scores(run, split, "no such file") from error
    except _DAMAGE as error:
        raise _no_scores(run, split, str(error) or type(error).__name__) from error
    if labels.ndim not in (1, 2) or labels.dtype.kind not in "biu" or scores.dtype.kind != "f":
        reason = f"labels {labels.dtype} {labels.shape} and scores {scores.dtype} {scores.shape}"
        raise _no_scores(run, split, reason)
    return labels.astype(np.int64 if labels.ndim == 1 else bool), scores


def _check_file(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        size = sum(member.file_size for member in archive.infolist())
        if size > MAX_SCORES_BYTES:
            raise ValueError(
                f"{size:,} bytes unpacked, where at most {MAX_SCORES_BYTES:,} are read"
            )
        if damaged := archive.testzip():  # numpy does not compare the checksums
            raise ValueError(f"a damaged {damaged}")


def _no_scores(run: Run, split: str, reason: str) -> ArtifactError:
    return ArtifactError(
        f"Expected the scores of {run.name} in {split}_scores.npz, by which its figures are "
        f"checked. Received: {reason}. Copy the run's folder again, or train it again."
    )


def _compared(run: Run, dataset: Dataset | None) -> tuple[list[Difference], list[str]]:
    """Return the figures that do not follow from the scores, and those that cannot be checked."""
    evaluations = _evaluations(run, dataset)
    differences = []
    unchecked = []
    for name, figures in run.record.metrics.evaluations().items():
        if name not in evaluations:
            unchecked.append(name)
            continue
        bounds = _bounds(evaluations[name])
        for figure, recorded in _flat(figures):
            if figure not in bounds:
                unchecked.append(f"{name}.{figure}")
                continue
            low, high = bounds[figure]
            if not _within(recorded, low, high):
                differences.append(Difference(f"{name}.{figure}", recorded, low, high))
    return differences, unchecked


def _evaluations(run: Run, dataset: Dataset | None) -> dict[str, Evaluation]:
    """Return the evaluations that can be recomputed, by name."""
    found = {split: _evaluation(run, split) for split in ("val", "test")}
    if dataset is not None and _is_of(found["test"], run, dataset):
        found["test_without_twins"] = found["test"].where(~np.asarray(dataset.test.has_twin))
    return found


def _evaluation(run: Run, split: str) -> Evaluation:
    labels, scores = read_scores(run, split)
    recorded = run.record.metrics.evaluations()[split].thresholds
    try:
        thresholds = None if recorded is None else np.asarray(recorded, np.float64)
        return Evaluation(labels, scores.astype(np.float32), run.record.class_names, thresholds)
    except (ValueError, TypeError) as error:
        raise _no_scores(run, split, str(error)) from error


def _is_of(evaluation: Evaluation, run: Run, dataset: Dataset) -> bool:
    """Return True if a run's test scores are of this data set, and it knows the twins."""
    if dataset.test.has_twin is None or dataset.fingerprint != run.record.data.fingerprint:
        return False
    return np.array_equal(evaluation.y_true, dataset.test.labels)


def _bounds(evaluation: Evaluation) -> dict[str, tuple]:
    """Return the least and the largest value of each figure that the exact scores can have had."""
    worst_case, best_case = _extremes(evaluation)
    worst = dict(_flat(worst_case.summary()))
    best = dict(_flat(best_case.summary()))
    bounds = {}
    for figure, value in _flat(evaluation.summary()):
        tolerance = TOLERANCES.get(figure.split(".")[0])
        if value is None:
            bounds[figure] = (None, None)
        elif tolerance is None:
            bounds[figure] = (min(worst[figure], best[figure]), max(worst[figure], best[figure]))
        else:
            bounds[figure] = (value - tolerance, value + tolerance)
    return bounds


def _extremes(evaluation: Evaluation) -> tuple[Evaluation, Evaluation]:
    """Return the evaluation with all doubtful decisions wrong, and with all of them right.

    With one label per image no decision is in doubt: rounding left the predicted class ahead. With
    several labels a decision is in doubt if rounding may have moved its score across the
    threshold. Every figure of decisions moves in one direction as wrong decisions become right, so
    these two evaluations give its bounds.
    """
    if not evaluation.multi_label:
        return evaluation, evaluation
    scores = evaluation.y_score
    thresholds = 0.5 if evaluation.thresholds is None else evaluation.thresholds
    rounding = np.spacing(scores.astype(np.float16)).astype(np.float32) / 2
    doubtful = np.abs(scores - thresholds) <= rounding
    right = np.where(evaluation.y_true, 2, -1)  # beyond any threshold
    wrong = np.where(evaluation.y_true, -1, 2)
    return (
        replace(evaluation, y_score=np.where(doubtful, wrong, scores)),
        replace(evaluation, y_score=np.where(doubtful, right, scores)),
    )


def _flat(figures: Figures | dict[str, Any] | Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield nested figures by their place: ("recall.happy", 0.9)."""
    if isinstance(figures, Figures):
        figures = encode(figures)
    if isinstance(figures, list):
        figures = dict(enumerate(figures))
    if not isinstance(figures, dict):
        yield name, figures
        return
    for key, value in figures.items():
        yield from _flat(value, f"{name}.{key}" if name else str(key))


def _within(recorded: object, low: float | None, high: float | None) -> bool:
    if low is None or high is None or not isinstance(recorded, int | float):
        return recorded is None and low is None
    return low - _ROUNDING <= recorded <= high + _ROUNDING  # False for NaN


def _shown(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else f"{value!r:.80}"
