"""Figures of a record, recomputed from the scores that lie beside it."""

import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..artifacts.run import Run
from ..artifacts.writing import ArtifactError

_ROUNDING = 1e-9  # of sums in another order
# Scores are kept as float16. What depends on the decisions alone follows exactly; these depend on the scores themselves.
# Of the shipped records none differs by more than half of this.
TOLERANCES = {
    "calibration_error": 0.005,
    "mean_average_precision": 0.001,
    "average_precision": 0.002,
}
MAX_SCORES_BYTES = 2**28  # a zip of some kilobytes can hold a thousand times as much


@dataclass(frozen=True)
class Difference:
    """A recorded figure that does not follow from the recorded scores.

    Attributes:
        figure: its place below "metrics" in run.json, such as "test.recall.happy".
        recorded: its value there.
        low, high: the least and the largest value that the scores allow; equal where they leave no doubt.
    """

    figure: str
    recorded: object
    low: float | None
    high: float | None

    def __str__(self) -> str:
        expected = (
            _shown(self.low)
            if self.low == self.high
            else f"{_shown(self.low)} to {_shown(self.high)}"
        )
        return f"{self.figure} is {_shown(self.recorded)}, but the scores give {expected}"


def check_figures(run: Run, dataset=None) -> list[Difference]:
    """Return the figures of a record that do not follow from its scores.

    Args:
        run: a recorded run with ``val_scores.npz`` and ``test_scores.npz``.
        dataset: the :class:`emotion_lib.datasets.Dataset` it was trained on, by which figures without training twins are
            recomputed too. Another data set is ignored.

    Raises:
        ArtifactError: the scores are missing or damaged, or do not fit the class names.
    """
    return _compared(run, dataset)[0]


def unchecked_figures(run: Run, dataset=None) -> list[str]:
    """Return the names of a record's figures that :func:`check_figures` cannot recompute.

    These are "test_without_twins" unless the data is given, and everything "further", which needs the model.

    Raises:
        ArtifactError: see :func:`check_figures`.
    """
    return _compared(run, dataset)[1]


def read_scores(run: Run, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels and the scores of "val" or "test" as they are kept.

    Returns:
        Labels int64 ``(n,)``, or bool ``(n, num_classes)`` where an image may have several; scores float16
        ``(n, num_classes)``.

    Raises:
        ArtifactError: the file is missing, damaged or too large, or holds something else.
    """
    file = run.folder / f"{split}_scores.npz"
    try:
        _check_file(file)
        with np.load(file) as arrays:
            labels = arrays["y_true"]
            scores = arrays["y_score"]
    except (
        OSError,
        ValueError,
        KeyError,
        EOFError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        reason = (
            "no such file"
            if isinstance(error, FileNotFoundError)
            else str(error) or type(error).__name__
        )
        raise _no_scores(run, split, reason) from error
    if labels.ndim not in (1, 2) or labels.dtype.kind not in "biu" or scores.dtype.kind != "f":
        raise _no_scores(
            run,
            split,
            f"labels {labels.dtype} {labels.shape} and scores {scores.dtype} {scores.shape}",
        )
    return labels.astype(np.int64 if labels.ndim == 1 else bool), scores


def _compared(run: Run, dataset) -> tuple[list[Difference], list[str]]:
    groups = evaluations_of(run.record["metrics"])
    evaluations = {split: _evaluation(run, split) for split in ("val", "test")}
    if dataset is not None and _is_of(evaluations["test"], run, dataset):
        evaluations["test_without_twins"] = evaluations["test"].where(
            ~np.asarray(dataset.test.has_twin)
        )
    differences = []
    unchecked = [name for name in groups if name not in evaluations]
    for name, evaluation in evaluations.items():
        bounds = _bounds(evaluation)
        for figure, recorded in _flat(groups.get(name, {})).items():
            if figure not in bounds:
                unchecked.append(f"{name}.{figure}")
                continue
            low, high = bounds[figure]
            if not _within(recorded, low, high):
                differences.append(Difference(f"{name}.{figure}", recorded, low, high))
    return differences, unchecked


def evaluations_of(metrics: dict) -> dict[str, dict]:
    """Return the figures of each evaluation in a record by its name, such as "test" or "further, validation, shifted"."""
    groups = {name: figures for name, figures in metrics.items() if name != "further"}
    further = metrics.get("further", {})
    if not isinstance(further, dict):
        return groups | {"further": {}}
    return groups | {f"further, {name}": figures for name, figures in further.items()}


def _evaluation(run: Run, split: str):
    from ..evaluation import Evaluation

    labels, scores = read_scores(run, split)
    thresholds = run.record["metrics"][split].get("thresholds")
    try:
        if thresholds is not None:
            thresholds = np.asarray(thresholds, np.float64)
        return Evaluation(
            labels, scores.astype(np.float32), tuple(run.record["class_names"]), thresholds
        )
    except (ValueError, TypeError) as error:
        raise _no_scores(run, split, str(error)) from error


def _is_of(evaluation, run: Run, dataset) -> bool:
    """Return whether a run's test scores are of this data set, and it knows the twins."""
    if dataset.test.has_twin is None or dataset.fingerprint != run.record["data"]["fingerprint"]:
        return False
    return np.array_equal(evaluation.y_true, dataset.test.labels)


def _bounds(evaluation) -> dict[str, tuple]:
    """Return the least and the largest value of every figure that the exact scores can have had."""
    worst, best = (_flat(case.summary()) for case in _extremes(evaluation))
    bounds = {}
    for figure, value in _flat(evaluation.summary()).items():
        tolerance = TOLERANCES.get(figure.split(".")[0])
        if value is None:
            bounds[figure] = (None, None)
        elif tolerance is None:
            bounds[figure] = (min(worst[figure], best[figure]), max(worst[figure], best[figure]))
        else:
            bounds[figure] = (value - tolerance, value + tolerance)
    return bounds


def _extremes(evaluation) -> tuple:
    """Return the evaluation with all doubtful decisions wrong, and with all of them right.

    Of one label for each image none is in doubt: rounding left the chosen class ahead. Of several labels a score so near
    to its threshold that rounding may have moved it across is. Every figure of decisions moves in one direction as wrong
    decisions become right, so these two are its bounds.
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


def _flat(figures, name: str = "") -> dict[str, object]:
    """Return nested figures as one dict: {"recall": {"happy": 0.9}} becomes {"recall.happy": 0.9}."""
    if isinstance(figures, dict):
        parts = figures.items()
    elif isinstance(figures, list):
        parts = enumerate(figures)
    else:
        return {name: figures}
    flat = {}
    for key, value in parts:
        flat |= _flat(value, f"{name}.{key}" if name else str(key))
    return flat


def _within(recorded, low, high) -> bool:
    if low is None or isinstance(recorded, bool) or not isinstance(recorded, int | float):
        return recorded is None and low is None
    return low - _ROUNDING <= recorded <= high + _ROUNDING  # False of NaN


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
        f"Expected the scores of {run.name} in {split}_scores.npz, by which its figures are checked. Received: {reason}. "
        "Copy the run's folder again, or train it again."
    )


def _shown(value) -> str:
    return f"{value:.6g}" if isinstance(value, float) else f"{value!r:.80}"
