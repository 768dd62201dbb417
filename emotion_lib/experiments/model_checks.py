"""Verification of a record by its model: the model is loaded again and evaluated on the data."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from .. import artifacts, environment
from ..artifacts import Record, Run
from ..artifacts.record import Int8File
from ..datasets import Dataset, Split
from ..evaluation import Evaluation
from ..files import sha256
from ..inference.compiled_file import compiled_file
from ..inference.networks import KerasNetwork, load_network
from ..models.cost import multiply_adds
from .checks import Check, Resolution, compared, compared_figures
from .compiling import MAX_DIFFERENCE, evaluate_network
from .confidence_checks import confidence_checks, confusion_checks
from .doubtful import decided_as_recorded
from .label_head_checks import LABEL_HEAD_NAMES, label_head_checks
from .recorded_data import Data
from .repeated import Repeated
from .verification import (
    BY_SCORES,
    KEPT_SCORES,
    TOLERANCES,
    checks_by_scores,
    evaluation_by_scores,
)

# Scores of a float32 network on two processors, or in two batch sizes, differ by less than this;
# a decision is in doubt if two of its scores are ten times as close.
_PROCESSORS = Resolution(1e-5, 1e-4, "the last digits of float32 depend on the processor")
# With weights of 8 bits the activations are rounded too, where processors differ more.
_OTHER_PROCESSOR = Resolution(1e-3, 2e-3, "recorded on another processor, by rounded activations")
# 0.0058 was the largest of 50,000 differences between an H200, which computes with TensorFloat-32,
# and a processor.
_GPU = Resolution(0.01, 0.02, "a GPU's arithmetic has fewer digits than a processor's", TOLERANCES)


def checks_by_model(run: Run, file: Path, data: Data) -> Iterator[Check]:
    """Yield a check of each figure of a record that the model file gives.

    Where the scores of the run are kept, its figures are recomputed from them, which is exact, and
    the model's scores are compared with them.

    Args:
        run: a recorded run, or the served model.
        file: its ``.keras`` file.
        data: returns a data set by its name, or None if it is not on this machine.
    """
    record = run.record
    model, class_names = artifacts.load_model(file)
    yield from _file_checks(record, file, model)
    named = {"class_names": list(record.class_names)}
    yield from compared("model.keras", named, {"class_names": list(class_names)})
    dataset = data(record.data.name)
    lacking = "is not here"
    if dataset is not None and dataset.fingerprint != record.data.fingerprint:
        lacking = f"has another fingerprint here, {dataset.fingerprint}"
        dataset = None
    has_scores = (run.folder / "test_scores.npz").is_file()
    if has_scores:
        yield from (check for check in checks_by_scores(run, dataset) if check.part in BY_SCORES)
    if dataset is None:
        yield from _without_data(record, has_scores, lacking)
        yield from label_head_checks(run, None)
        return
    yield from _images_checks(record, dataset)
    repeated = Repeated(model, record, dataset, data)
    yield from _evaluations_checks(run, repeated, has_scores)
    yield from label_head_checks(run, dataset, data("fer2013"))
    resolution = _resolution(record)
    val = _as_recorded(repeated.evaluation("val"), record.metrics.val, resolution)
    test = _as_recorded(repeated.evaluation("test"), record.metrics.test, resolution)
    if record.calibration is not None:
        yield from confidence_checks("confidence", record.calibration, val, test, resolution)
    if record.confusion is not None:
        yield from confusion_checks("confusion", record.confusion, test)
    yield from _compiled_checks(record, file, model, dataset, test)


def _evaluations_checks(run: Run, repeated: Repeated, has_scores: bool) -> Iterator[Check]:
    """Yield checks of the evaluations that are repeated with the model."""
    resolution = _resolution(run.record)
    for name, figures in run.record.metrics.evaluations().items():
        if name in LABEL_HEAD_NAMES:
            continue
        if has_scores and name in BY_SCORES:
            if name != "test_without_twins":
                yield _score_check(run, name, repeated.evaluation(name), resolution)
            continue
        yield from _evaluation_checks(name, figures, repeated, resolution)


def _evaluation_checks(
    name: str, figures: artifacts.Figures, repeated: Repeated, resolution: Resolution
) -> list[Check]:
    reason = repeated.hindrance(name)
    if reason:
        return [Check(name, "", "not checked", reason=reason)]
    return compared_figures(name, figures, repeated.evaluation(name), resolution)


def _resolution(record: Record, int8: bool = False) -> Resolution:
    """Return how exactly scores that are computed here are those of a record."""
    recorded_on_processor = record.environment.device.endswith("cores")
    if not recorded_on_processor or environment.sees_gpu(environment.devices()):
        return _GPU
    if int8 and record.environment.device != environment.processor():
        return _OTHER_PROCESSOR
    return _PROCESSORS


def _as_recorded(found: Evaluation, recorded: artifacts.Figures, resolution: Resolution):
    """Return an evaluation with doubtful answers as the record has them."""
    if abs(found.macro_f1 - recorded.macro_f1) < 1e-9:
        return found
    decided = decided_as_recorded(found, recorded, resolution.margin)
    return found if decided is None else decided.evaluation


def _file_checks(record: Record, file: Path, model: keras.Model) -> list[Check]:
    described = record.model
    recorded = {"sha256": described.sha256, "parameters": described.parameters}
    found = {"sha256": sha256(file), "parameters": int(model.count_params())}
    if described.bytes is not None:
        recorded["bytes"] = described.bytes
        found["bytes"] = file.stat().st_size
    if described.input_shape:
        recorded["input_shape"] = list(described.input_shape)
        found["input_shape"] = [int(side) for side in model.input_shape[1:]]
    if described.multiply_adds is not None:
        recorded["multiply_adds"] = described.multiply_adds
        found["multiply_adds"] = multiply_adds(model)
    return compared("model.keras", recorded, found)


def _images_checks(record: Record, dataset: Dataset) -> list[Check]:
    """Return checks of the numbers of validation and test images.

    Of the training images a notebook may have left out some, so their number does not follow.
    """
    recorded = {}
    found = {}
    for split in ("val", "test"):
        if split in record.data.images:
            recorded[split] = record.data.images[split]
            found[split] = len(getattr(dataset, split))
    return compared("data", {"images": recorded}, {"images": found})


def _without_data(record: Record, has_scores: bool, lacking: str) -> Iterator[Check]:
    """Yield the parts of a record that need its data, which is not here or is another."""
    reason = f"the data of the record, {record.data.name}, {lacking}"
    for name in record.metrics.evaluations():
        by_scores = has_scores and name in BY_SCORES
        if not by_scores and name not in LABEL_HEAD_NAMES:
            yield Check(name, "", "not checked", reason=reason)
    for part in ("calibration", "confusion"):
        if getattr(record, part) is not None:
            name = "confidence" if part == "calibration" else part
            yield Check(name, "", "not checked", reason=reason)
    for kind in ("compiled", "int8"):
        if getattr(record.model, kind) is not None:
            yield Check(f"model, {kind}", "", "not checked", reason=reason)


def _score_check(run: Run, split: str, found: Evaluation, resolution: Resolution) -> Check:
    """Return a check of the model's scores against those that were kept."""
    kept = evaluation_by_scores(run, split)
    difference = float(np.abs(kept.y_score - found.y_score).max())
    rows = np.flatnonzero(kept.y_pred != found.y_pred)
    lead = found.y_score[rows].max(axis=1) - found.y_score[rows, kept.y_pred[rows]]
    limit = KEPT_SCORES.margin + resolution.error
    is_same = difference <= limit and bool((lead <= resolution.margin + KEPT_SCORES.margin).all())
    reason = f"{len(rows)} of {found.n:,} answers differ; {resolution.reason}"
    return Check(
        f"{split} scores of model.keras",
        "largest difference from those of the record",
        "within" if is_same else "differs",
        0.0,
        0.0,
        difference,
        reason,
    )


def _compiled_checks(
    record: Record, file: Path, model: keras.Model, dataset: Dataset, test: Evaluation
) -> Iterator[Check]:
    """Yield checks of the compiled siblings of a model file."""
    described = record.model.compiled
    if described is not None:
        part = compiled_file(file).name
        siblings = _sibling(part, described.bytes, described.sha256, compiled_file(file))
        yield from siblings
        if _is_recorded(siblings):
            yield _difference_check(record, file, model, dataset)
    small = record.model.int8
    if small is not None:
        yield from _int8_checks(record, small, file, dataset, test)


def _difference_check(record: Record, file: Path, model: keras.Model, dataset: Dataset) -> Check:
    """Return a check of how far the compiled file's scores are from those of the model."""
    described = record.model.compiled
    network, _ = load_network(file, "litert", record=record)
    faces: Split = dataset.val.take(np.arange(described.faces))
    scores = evaluate_network(network, faces, record.class_names).y_score
    expected = evaluate_network(KerasNetwork(model), faces, record.class_names).y_score
    difference = float(np.abs(scores - expected).max())
    is_allowed = max(difference, described.difference) <= MAX_DIFFERENCE
    return Check(
        compiled_file(file).name,
        f"largest difference from Keras on {len(faces):,} faces",
        "within" if is_allowed else "differs",
        described.difference,
        difference,
        difference,
        f"at most {MAX_DIFFERENCE:g} is allowed; its digits depend on the processor",
    )


def _int8_checks(
    record: Record, small: Int8File, file: Path, dataset: Dataset, test: Evaluation
) -> Iterator[Check]:
    path = compiled_file(file, "int8")
    part = path.name
    siblings = _sibling(part, small.bytes, small.sha256, path)
    yield from siblings
    if not _is_recorded(siblings):
        yield Check(part, "", "not checked", reason="its figures need the file of the record")
        return
    network, _ = load_network(file, "int8", record=record)
    resolution = _resolution(record, int8=True)
    evaluations = {}
    for split in ("val", "test"):
        found = evaluate_network(network, getattr(dataset, split), record.class_names)
        recorded = getattr(small.metrics, split)
        yield from compared_figures(f"{part}, {split}", recorded, found, resolution)
        evaluations[split] = _as_recorded(found, recorded, resolution)
    if small.metrics.test_without_twins is not None:
        yield from compared_figures(
            f"{part}, test_without_twins",
            small.metrics.test_without_twins,
            evaluations["test"].where(~np.asarray(dataset.test.has_twin)),
            resolution,
        )
    same = float((test.y_pred == evaluations["test"].y_pred).mean())
    yield from compared(part, {"same_answer": small.same_answer}, {"same_answer": same})
    if small.calibration is not None:
        yield from confidence_checks(
            f"{part}, confidence",
            small.calibration,
            evaluations["val"],
            evaluations["test"],
            resolution,
        )
    if small.confusion is not None:
        yield from confusion_checks(f"{part}, confusion", small.confusion, evaluations["test"])


def _sibling(part: str, size: int, digest: str, file: Path) -> list[Check]:
    if not file.is_file():
        return [Check(part, "", "not checked", reason="the file is not here")]
    found = {"bytes": file.stat().st_size, "sha256": sha256(file)}
    return compared(part, {"bytes": size, "sha256": digest}, found)


def _is_recorded(siblings: list[Check]) -> bool:
    """Return whether a compiled sibling is the one of the record, by its checks."""
    digests = [check for check in siblings if check.figure == "sha256"]
    return any(check.result == "equal" for check in digests)
