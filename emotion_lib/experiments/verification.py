"""Verification of recorded figures: they are recomputed from the scores beside the record."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from ..artifacts import ArtifactError, Run
from ..datasets import Dataset
from ..evaluation import Evaluation
from .checks import Check, Resolution, compared_figures

# Scores are kept as float16. Figures that depend on decisions alone follow exactly; these depend on
# the scores themselves. The largest difference of a shipped record is 0.0032, of a
# calibration error (16_recipe_ablation/no-degradation/seed-0).
TOLERANCES = {
    "calibration_error": 0.005,
    "mean_average_precision": 0.001,
    "average_precision": 0.002,
}
# Scores are rounded to 0.001. Where that makes the two highest equal, the answer is kept 0.001
# ahead of the others; the files of some older runs keep another class ahead.
KEPT_SCORES = Resolution(0.0005, 0.0015, "scores are kept with three digits", TOLERANCES)
BY_SCORES = ("val", "test", "test_without_twins")  # evaluations that follow from the scores
MAX_SCORES_BYTES = 2**28  # a zip of some kilobytes can hold a thousand times as much
# What a damaged file of scores makes its reader raise.
_DAMAGE = (
    OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error
)  # fmt: skip


def checks_by_scores(run: Run, dataset: Dataset | None = None) -> list[Check]:
    """Return a check of each figure of a record's evaluations, recomputed from its scores.

    Args:
        run: a recorded run with ``val_scores.npz`` and ``test_scores.npz``.
        dataset: the data set that it was trained on, by which figures without training twins are
            recomputed too. Another data set is ignored.

    Returns:
        One check per figure; a single one, with the result "not checked", of an evaluation that
        needs the data or the model.

    Raises:
        ArtifactError: the scores are missing or damaged, or do not fit the class names.
    """
    evaluations = _evaluations(run, dataset)
    checks = []
    for part, figures in run.record.metrics.evaluations().items():
        if part in evaluations:
            checks += compared_figures(part, figures, evaluations[part], KEPT_SCORES)
            continue
        reason = "it needs the model file"
        if part == "test_without_twins":
            reason = "it needs the data of the record"
        checks.append(Check(part, "", "not checked", reason=reason))
    return checks


def check_figures(run: Run, dataset: Dataset | None = None) -> list[Check]:
    """Return the figures of a record that do not follow from its scores.

    Args:
        run, dataset: see :func:`checks_by_scores`.

    Raises:
        ArtifactError: see :func:`checks_by_scores`.
    """
    return [check for check in checks_by_scores(run, dataset) if check.result == "differs"]


def unchecked_figures(run: Run, dataset: Dataset | None = None) -> list[str]:
    """Return the names of a record's figures that :func:`check_figures` cannot recompute.

    These are "test_without_twins" unless the data is given, and all further evaluations, which
    need the model.

    Raises:
        ArtifactError: see :func:`checks_by_scores`.
    """
    checks = checks_by_scores(run, dataset)
    return [check.name for check in checks if check.result == "not checked"]


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


def _evaluations(run: Run, dataset: Dataset | None) -> dict[str, Evaluation]:
    """Return the evaluations that can be recomputed, by name."""
    found = {split: evaluation_by_scores(run, split) for split in ("val", "test")}
    if dataset is not None and _is_of(found["test"], run, dataset):
        found["test_without_twins"] = found["test"].where(~np.asarray(dataset.test.has_twin))
    return found


def evaluation_by_scores(run: Run, split: str) -> Evaluation:
    """Return the evaluation of the scores of "val" or "test".

    Raises:
        ArtifactError: see :func:`read_scores`; or they do not fit the class names.
    """
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
