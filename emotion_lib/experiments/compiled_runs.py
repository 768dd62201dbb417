"""Recorded runs made ready to be served: compiled, with a threshold and the cost of a face.

The promoted model has all this. Another run, such as an ensemble, has it only after
``emotion export RUN --format litert``.
"""

from dataclasses import replace

import keras
import numpy as np

from .. import artifacts
from ..artifacts import Run
from ..datasets import DataError, Split
from ..evaluation import Evaluation
from ..inference.network_checks import check_network
from ..inference.networks import KerasNetwork
from ..models.cost import multiply_adds
from .compiling import compile_float, compile_run
from .exporting import comparison_images
from .recorded_data import recorded_data
from .served_figures import calibration, confusion, risk_of


def compile_recorded(run: Run) -> tuple[Run, list[str]]:
    """Compile a recorded run beside its model, and measure what serving needs to know of it.

    Threshold, reliability and confusion follow from the scores of the record. The form with weights
    of 8 bits is evaluated on the run's data, and not made where that is missing.

    Args:
        run: whose model is here.

    Returns:
        The run with its new record, and a sentence for each form that could not be made.

    Raises:
        ArtifactError: its model is not here, or it gives no probabilities.
        ModelError: it does not take images.
    """
    model, class_names = artifacts.load_model(run.existing_model())
    class_names = class_names or run.record.class_names
    check_network(KerasNetwork(model), class_names)
    val = _evaluation(run, "val")
    test = _evaluation(run, "test")
    risk = risk_of(run.record.data.name)
    described = replace(
        run.record.model, multiply_adds=multiply_adds(model), compiled=None, int8=None
    )
    record = replace(
        run.record,
        model=described,
        calibration=calibration(val, test, risk),
        confusion=confusion(test, "test"),
    )
    artifacts.write_record(run.folder / "run.json", record)
    run = replace(run, record=record)
    try:
        dataset = recorded_data(record)
    except DataError as error:
        run = _compile_float_alone(run, model)
        return run, [f"There is no model with weights of 8 bits. {error}"]
    return compile_run(run, model, dataset, val, test, risk)


def _evaluation(run: Run, split: str) -> Evaluation:
    labels, scores, class_names = run.scores(split)
    return Evaluation(labels, scores, class_names)


def _compile_float_alone(run: Run, model: keras.Model) -> Run:
    """Compile a run without its data: both forms are compared on other faces."""
    height, width, channels = run.record.model.input_shape
    images, _ = comparison_images((height, width, channels))
    compiled = compile_float(model, run.model_file, Split(images, np.zeros(len(images), int)))
    record = replace(run.record, model=replace(run.record.model, compiled=compiled))
    artifacts.write_record(run.folder / "run.json", record)
    return replace(run, record=record)
