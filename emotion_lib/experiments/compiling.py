"""Compiled siblings of a model file: written, bound to it, and compared with it."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import keras
import numpy as np

from .. import artifacts
from ..artifacts import ArtifactError
from ..artifacts.record import CompiledFile, Int8File
from ..datasets import Dataset, Split
from ..environment import BackendError
from ..errors import EmotionError
from ..evaluation import Evaluation
from ..files import atomic_file, sha256
from ..inference.compiled_file import CompiledKind, bind, compiled_file
from ..inference.networks import KerasNetwork, LiteRTNetwork, Network
from ..models.folding import folded
from ..models.litert import CompileError, compile_model
from .served_figures import calibration, confusion

MAX_DIFFERENCE = 1e-4  # of any probability, between the .keras file and another form of it
MAX_INT8_LOSS = 0.005  # of validation accuracy, by rounding the weights to 8 bits
_FACES_COMPARED = 1000
_BATCH = 100  # the activations of 1000 faces in an ensemble would take gigabytes


def compile_float(model: keras.Model, file: Path, split: Split) -> CompiledFile:
    """Compile a model for LiteRT into the sibling of its ``.keras`` file.

    The sibling appears whole and checked, or not at all.

    Args:
        model: the model in the file.
        file: the ``.keras`` file.
        split: whose first images both forms are compared on.

    Returns:
        The sibling as a record describes it.

    Raises:
        ArtifactError: the compiled model answers differently.
        BackendError, CompileError: see :func:`emotion_lib.models.litert.compile_model`.
    """
    target = compiled_file(file)
    with atomic_file(target) as temporary:
        network = _compile(model, file, temporary, "litert")
        faces = split.images[:_FACES_COMPARED].reshape(-1, *network.input_shape)
        expected = _in_batches(KerasNetwork(model), faces)
        difference = largest_difference(_in_batches(network, faces), expected)
    return CompiledFile(
        bytes=target.stat().st_size,
        sha256=sha256(target),
        difference=difference,
        faces=len(faces),
    )


def compile_int8(
    model: keras.Model,
    file: Path,
    dataset: Dataset,
    val: Evaluation,
    test: Evaluation,
    risk: float | None = None,
) -> Int8File:
    """Compile a model for LiteRT with weights of 8 bits into the sibling of its ``.keras`` file.

    The sibling appears whole and evaluated, or not at all.

    Args:
        model: the model in the file.
        file: the ``.keras`` file.
        dataset: that the model was trained on.
        val: evaluation of the model on validation.
        test: evaluation of the model on test.
        risk: share of wrong answers that the sibling's own threshold of "not sure" is fitted for;
            None: its confidence is not measured.

    Returns:
        The sibling as a record describes it.

    Raises:
        ArtifactError: it loses more than :data:`MAX_INT8_LOSS` of validation accuracy.
        BackendError, CompileError: see :func:`emotion_lib.models.litert.compile_model`.
    """
    target = compiled_file(file, "int8")
    with atomic_file(target) as temporary:
        network = _compile(model, file, temporary, "int8")
        small_val = evaluate_network(network, dataset.val, val.class_names)
        small_test = evaluate_network(network, dataset.test, val.class_names)
        loss = val.accuracy - small_val.accuracy
        if loss > MAX_INT8_LOSS:
            raise ArtifactError(
                f"Expected a loss of at most {MAX_INT8_LOSS:.1%} of validation accuracy by weights "
                f"of 8 bits. Received: {loss:.1%}. Use the model with its own weights."
            )
    small = Int8File(
        bytes=target.stat().st_size,
        sha256=sha256(target),
        same_answer=float((test.y_pred == small_test.y_pred).mean()),
        metrics=artifacts.metrics(dataset, small_val, small_test),
    )
    if risk is None:
        return small
    return replace(
        small,
        calibration=calibration(small_val, small_test, risk),
        confusion=confusion(small_test, "test"),
    )


def compile_run(
    run: artifacts.Run,
    model: keras.Model,
    dataset: Dataset,
    val: Evaluation,
    test: Evaluation,
    risk: float | None = None,
) -> tuple[artifacts.Run, list[str]]:
    """Compile the model of a run that was just recorded, and add its siblings to its record.

    Args:
        run: without compiled siblings.
        model: the model in its file.
        dataset, val, test: that it was recorded with.
        risk: see :func:`compile_int8`.

    Returns:
        The run with its new record, and for each sibling that could not be made a sentence that
        says why. The run itself stays in any case.
    """
    file = run.model_file
    described = run.record.model
    notes = []
    try:
        described = replace(described, compiled=compile_float(model, file, dataset.val))
    except (EmotionError, OSError) as error:  # a full disk too
        note = f"The model was not compiled for LiteRT, so Keras runs it. {error}"
        if isinstance(error, BackendError):
            note += f" Later: emotion export {run.name} --format litert"
        return run, [note]
    try:
        described = replace(described, int8=compile_int8(model, file, dataset, val, test, risk))
    except (EmotionError, OSError) as error:
        notes.append(f"There is no model with weights of 8 bits. {error}")
    record = replace(run.record, model=described)
    artifacts.write_record(run.folder / "run.json", record)
    return replace(run, record=record), notes


def evaluate_network(network: Network, split: Split, class_names: tuple[str, ...]) -> Evaluation:
    """Return the evaluation of a compiled model on a split."""
    faces = split.images.reshape(-1, *network.input_shape)
    return Evaluation(np.asarray(split.labels), _in_batches(network, faces), class_names)


def _in_batches(network: Network, faces: np.ndarray) -> np.ndarray:
    """Return the probabilities of any number of faces, computed in batches."""
    scores = []
    for start in range(0, len(faces), _BATCH):
        scores.append(network(faces[start : start + _BATCH]))
    return np.concatenate(scores)


def largest_difference(scores: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference between the probabilities of two forms of a model.

    Raises:
        ArtifactError: it is more than :data:`MAX_DIFFERENCE`, or not a number.
    """
    difference = float(np.abs(scores - expected).max())
    if not difference <= MAX_DIFFERENCE:
        raise ArtifactError(
            f"Expected the converted model's probabilities within {MAX_DIFFERENCE} of Keras's. "
            f"Received: {difference:.2g} apart on {len(scores)} images. Use the .keras file."
        )
    return difference


def _compile(model: keras.Model, file: Path, temporary: Path, kind: CompiledKind) -> LiteRTNetwork:
    """Compile a model into a temporary file, bind it to the .keras file, and load it."""
    weights: Literal["float", "int8"] = "int8" if kind == "int8" else "float"
    bind(compile_model(folded(model), temporary, weights), file)
    try:
        return LiteRTNetwork(temporary.read_bytes(), runtime=kind)
    except (ImportError, ValueError, RuntimeError) as error:
        raise CompileError(
            "Expected LiteRT (the package ai-edge-litert) to run the compiled model. "
            f"Received: {error}. Run the model by Keras."
        ) from error
