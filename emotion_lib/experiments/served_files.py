"""Files of the model that is served: written, checked and measured."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras

from .. import artifacts, datasets
from ..artifacts import ArtifactError, Record
from ..datasets import Dataset
from ..datasets.sources import ferplus
from ..datasets.sources.ferplus import PERCEIVED_NAME
from ..datasets.transforms import shifted
from ..evaluation import evaluate, viewers
from ..evaluation.calibration import Scaling, fit_scaling
from ..files import sha256
from ..models.conversion import rounded
from ..models.cost import multiply_adds
from ..models.folding import folded
from ..models.heads import PERCEIVED
from ..training.second_head import LABEL_HEAD, OWN_LABELS
from .compiling import compile_float, compile_int8
from .served_figures import calibration, confusion, risk_of

MAX_KERAS_BYTES = 4 * 2**20
MAX_COMPILED_BYTES = 2 * 2**20
MAX_INT8_BYTES = 10**6
MAX_MULTIPLY_ADDS = 60_000_000  # per face
SHIFTED = "validation, shifted"
PUBLISHED = "FER+ majority, test"
# The label head by the viewers' answers: what the served output gains and loses against it.
LABEL_HEAD_BY_VIEWERS = "label head, viewers' answers, test"
_PLAIN_LOAD = """
import sys, numpy, keras
model = keras.models.load_model(sys.argv[1])
scores = numpy.asarray(model(numpy.zeros((1, *model.input_shape[1:]), "uint8")))
assert "emotion_lib" not in sys.modules and scores.shape == (1, 7), scores
assert abs(scores.sum() - 1) < 1e-3, scores
"""


def write_served_files(run: artifacts.Run, dataset: Dataset, folder: Path) -> Record:
    """Write a run's model into a folder in the forms that are served, and measure them.

    Normalisation and a scaling fitted on validation are folded into the weights, which are rounded
    to 16 bits. The files are ``model.keras``; ``model.tflite``, the same for LiteRT; and
    ``model.int8.tflite``, with weights of 8 bits.

    Args:
        run: whose model is served.
        dataset: that it was trained on.
        folder: exists, and is empty.

    Returns:
        The run's record with the figures of these very files.

    Raises:
        ArtifactError: a file is too large, does not load with plain Keras, or answers differently
            from the others; or the model takes too many multiply-adds.
    """
    model, class_names = artifacts.load_model(run.model_file)
    served = folded(model)
    work = multiply_adds(served)
    if work > MAX_MULTIPLY_ADDS:
        raise ArtifactError(
            f"Expected at most {MAX_MULTIPLY_ADDS / 1e6:.0f} million multiply-adds per face. "
            f"Received: {work / 1e6:.0f} million of {run.name}. Distil it into a smaller network."
        )
    scaling = _fit_scaling(served, dataset, class_names)
    scaling.fold(served)
    served = rounded(served)
    file = artifacts.export(served, folder / "model.keras", class_names)
    _check_plain_keras(file, run.name)
    val = evaluate(served, dataset.val, class_names)
    test = evaluate(served, dataset.test, class_names)
    compiled = compile_float(served, file, dataset.val)
    risk = risk_of(dataset.name)
    int8 = compile_int8(served, file, dataset, val, test, risk)
    limits = {
        "model.keras": (file.stat().st_size, MAX_KERAS_BYTES),
        "model.tflite": (compiled.bytes, MAX_COMPILED_BYTES),
        "model.int8.tflite": (int8.bytes, MAX_INT8_BYTES),
    }
    for name, (size, limit) in limits.items():
        if size > limit:
            raise ArtifactError(
                f"Expected at most {limit} bytes for {name}. "
                f"Received: {size} of {run.name}. Train a smaller network."
            )
    further = {SHIFTED: evaluate(served, shifted(dataset.val), class_names)}
    label_head = {}
    if dataset.name == PERCEIVED_NAME:
        faces = datasets.load("fer2013")
        for split, name in OWN_LABELS.items():
            further[name] = evaluate(served, getattr(faces, split), class_names)
        published = datasets.load("ferplus")
        further[PUBLISHED] = evaluate(
            served, published.test, class_names, label_names=published.class_names
        )
        other, _ = artifacts.load_model(_label_head_file(run))
        further[LABEL_HEAD_BY_VIEWERS] = evaluate(other, dataset.test, class_names)
        for name in LABEL_HEAD.values():
            label_head[name] = run.record.metrics.further[name]
    model_record = replace(
        run.record.model,
        parameters=int(served.count_params()),
        multiply_adds=work,
        bytes=file.stat().st_size,
        sha256=sha256(file),
        compiled=compiled,
        int8=int8,
    )
    fitted = replace(
        calibration(val, test, risk),
        temperature=scaling.temperature,
        bias=tuple(float(value) for value in scaling.bias),
    )
    metrics = artifacts.metrics(dataset, val, test, further)
    return replace(
        run.record,
        model=model_record,
        metrics=replace(metrics, further=metrics.further | label_head),
        calibration=fitted,
        confusion=confusion(test, "test"),
    )


def _fit_scaling(
    model: keras.Model, dataset: Dataset, class_names: tuple[str, ...] | None
) -> Scaling:
    """Return the scaling fitted on validation, to the labels or to the votes of the viewers."""
    if dataset.name != PERCEIVED_NAME:
        return fit_scaling(evaluate(model, dataset.val, class_names), bias=True)
    faces = datasets.load("fer2013")
    shares = ferplus.two_headed(faces, 0).val.labels[:, 1]
    return viewers.fit_to_votes(evaluate(model, faces.val, class_names), shares)


def _label_head_file(run: artifacts.Run) -> Path:
    """Return the model of the label head: a run of its own, or the model with its earlier scaling.

    Raises:
        ArtifactError: the run of the label head, or its model, is not here.
    """
    label_run, _, head = run.name.rpartition("/")
    if head != PERCEIVED:
        return run.model_file
    return artifacts.load_run(label_run).existing_model()


def _check_plain_keras(file: Path, run_name: str) -> None:
    """Refuse a file that does not load in a process without this library."""
    check = subprocess.run(
        [sys.executable, "-c", _PLAIN_LOAD, str(file.resolve())],
        capture_output=True,
        text=True,
        cwd="/",
    )
    if check.returncode:
        raise ArtifactError(
            f"Expected {run_name}'s model to load with plain Keras. "
            f"Received: {check.stderr.strip().splitlines()[-1:]}."
        )
