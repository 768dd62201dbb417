"""Files that are served: their form, their figures, and what is refused."""

import keras
import numpy as np
import pytest

from emotion_lib import artifacts
from emotion_lib.artifacts import ArtifactError
from emotion_lib.datasets.transforms import shifted
from emotion_lib.evaluation import evaluate
from emotion_lib.evaluation.calibration import Scaling, abstention_threshold
from emotion_lib.experiments import compiling, served_files
from emotion_lib.experiments.compiling import evaluate_network
from emotion_lib.experiments.served_files import write_served_files
from emotion_lib.files import sha256
from emotion_lib.inference.networks import load_network
from emotion_lib.labels import SEVEN_EXPRESSIONS
from emotion_lib.models.conversion import portable
from emotion_lib.models.cost import multiply_adds


@pytest.fixture
def run(save):
    return save("01_full", full=True)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "served"
    folder.mkdir()
    return folder


def test_the_files_hold_the_fastest_form_and_the_record_describes_them(run, dataset, folder):
    record = write_served_files(run, dataset, folder)
    served, names = artifacts.load_model(folder / "model.keras")
    assert names == SEVEN_EXPRESSIONS
    assert load_network(folder / "model.keras")[0].runtime == "litert"
    layers = [type(layer).__name__ for layer in served.layers]
    assert "BatchNormalization" not in layers and "Conv2D" in layers
    for weights in served.get_weights():
        assert (weights == weights.astype(np.float16)).all()
    raw, _ = artifacts.load_model(run.model_file)
    assert record.model.multiply_adds == multiply_adds(served) == multiply_adds(raw)
    assert record.model.sha256 == sha256(folder / "model.keras")
    assert record.model.sha256 != run.record.model.sha256
    # Temperature and bias, fitted on validation, are in the weights.
    val = evaluate(served, dataset.val, names)
    test = evaluate(served, dataset.test, names)
    raw_val = evaluate(raw, dataset.val, names)
    calibration = record.calibration
    scaling = Scaling(calibration.temperature, calibration.bias)
    np.testing.assert_allclose(val.y_score, scaling.apply(raw_val).y_score, atol=0.02)
    assert val.accuracy >= raw_val.accuracy and scaling.bias != (0,) * 7
    assert calibration.threshold == pytest.approx(abstention_threshold(val), abs=1e-6)
    answered = test.y_score.max(1) >= calibration.threshold
    assert calibration.answered["test"].coverage == pytest.approx(answered.mean(), abs=0.03)
    assert calibration.risk_at_coverage["100%"] == pytest.approx(1 - test.accuracy)
    assert sum(part.n for part in calibration.reliability) == val.n
    assert record.confusion.counts == tuple(map(tuple, test.confusion_matrix.tolist()))
    assert record.confusion.recall_interval_95 == test.recall_interval
    network, _ = load_network(folder / "model.keras", "int8")
    small = evaluate_network(network, dataset.test, names)
    int8 = record.model.int8
    assert int8.metrics.test.accuracy == pytest.approx(small.accuracy)
    assert int8.confusion.counts == tuple(map(tuple, small.confusion_matrix.tolist()))
    small_val = evaluate_network(network, dataset.val, names)
    assert int8.calibration.threshold == pytest.approx(abstention_threshold(small_val), abs=1e-6)
    assert record.model.compiled.difference <= 1e-4
    figures = record.metrics.further[served_files.SHIFTED]
    simulated_shift = evaluate(served, shifted(dataset.val), names)
    assert figures.accuracy == pytest.approx(simulated_shift.accuracy)


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [
        ("MAX_MULTIPLY_ADDS", 1000, "Distil it"),
        ("MAX_KERAS_BYTES", 1000, "at most 1000 bytes"),
        ("MAX_COMPILED_BYTES", 1000, "at most 1000 bytes"),
        ("MAX_INT8_BYTES", 1000, "at most 1000 bytes"),
        ("MAX_DIFFERENCE", 0, "probabilities within 0"),
        ("MAX_INT8_LOSS", -1, "weights of 8 bits"),
    ],
)
def test_limits_are_kept(run, dataset, folder, monkeypatch, limit, value, message):
    module = compiling if hasattr(compiling, limit) else served_files
    monkeypatch.setattr(module, limit, value)
    # Starting a process with plain Keras takes most of the time.
    monkeypatch.setattr(served_files, "_check_plain_keras", lambda file, run_name: None)
    with pytest.raises(ArtifactError, match=message):
        write_served_files(run, dataset, folder)


@keras.saving.register_keras_serializable("test_served_files")
class Custom(keras.layers.Layer):
    """A layer that plain Keras does not know."""

    def call(self, inputs):
        return inputs


def test_a_model_that_plain_keras_cannot_load_is_refused(run, dataset, folder, small_model):
    *body, head = portable(small_model).layers
    model = keras.Sequential([*body, Custom(), head])
    artifacts.export(model, run.model_file, SEVEN_EXPRESSIONS)
    with pytest.raises(ArtifactError, match="plain Keras"):
        write_served_files(run, dataset, folder)
