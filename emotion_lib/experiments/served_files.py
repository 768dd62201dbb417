"""Files of the model that is served: written, checked and measured."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from .. import artifacts
from ..artifacts import ArtifactError, CalibrationRecord, Record
from ..artifacts.record import Answered
from ..datasets import Dataset
from ..datasets.transforms import shifted
from ..evaluation import Evaluation, evaluate
from ..evaluation.calibration import RISK, abstention_threshold, fit_scaling, selective
from ..files import sha256
from ..models.conversion import rounded
from ..models.cost import multiply_adds
from ..models.folding import folded
from .compiling import compile_float, compile_int8

MAX_KERAS_BYTES = 4 * 2**20
MAX_COMPILED_BYTES = 2 * 2**20
MAX_INT8_BYTES = 10**6
MAX_MULTIPLY_ADDS = 50_000_000  # per face
# Shares of the test images, the most confident first, at which the record states the risk.
COVERAGES = (0.25, 0.5, 0.75, 0.9, 1.0)
SHIFTED = "validation, shifted"
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
    scaling = fit_scaling(evaluate(served, dataset.val, class_names), bias=True)
    scaling.fold(served)
    served = rounded(served)
    file = artifacts.export(served, folder / "model.keras", class_names)
    _check_plain_keras(file, run.name)
    val = evaluate(served, dataset.val, class_names)
    test = evaluate(served, dataset.test, class_names)
    compiled = compile_float(served, file, dataset.val)
    int8 = compile_int8(served, file, dataset, val, test)
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
        calibration(val, test),
        temperature=scaling.temperature,
        bias=tuple(float(value) for value in scaling.bias),
    )
    return replace(
        run.record,
        model=model_record,
        metrics=artifacts.metrics(dataset, val, test, further),
        calibration=fitted,
    )


def calibration(val: Evaluation, test: Evaluation) -> CalibrationRecord:
    """Return the calibration as run.json keeps it.

    Args:
        val: calibrated scores on validation, on which the threshold of "not sure" is fitted.
        test: calibrated scores on test.

    Returns:
        The threshold; coverage and risk of answering from it on; and the risk of answering only
        the most confident part of the test images (risk-coverage).
    """
    threshold = abstention_threshold(val)
    _, coverage, risk = test.risk_coverage()
    risk_at_coverage = {}
    for share in COVERAGES:
        risk_at_coverage[f"{share:.0%}"] = float(risk[np.searchsorted(coverage, share)])
    answered = {
        "val": Answered(**selective(val, threshold)),
        "test": Answered(**selective(test, threshold)),
    }
    return CalibrationRecord(
        threshold=threshold,
        split="validation",
        risk=RISK,
        answered=answered,
        risk_at_coverage=risk_at_coverage,
    )


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
