"""Compiled siblings of a recorded run: made, refused, and what stays then."""

import keras
import numpy as np
import pytest

from emotion_lib import artifacts
from emotion_lib.artifacts import ArtifactError
from emotion_lib.evaluation import evaluate
from emotion_lib.experiments import compiling
from emotion_lib.experiments.compiling import compile_float, compile_run, largest_difference
from emotion_lib.files import sha256
from emotion_lib.inference.compiled_file import compiled_file
from emotion_lib.inference.networks import load_network
from emotion_lib.models.litert import CompileError


@pytest.fixture
def run(save):
    return save()


@pytest.fixture
def compile(run, dataset):
    """Return a function that compiles the recorded run, as ``emotion train`` does."""
    model, names = artifacts.load_model(run.model_file)
    val, test = (evaluate(model, split, names) for split in (dataset.val, dataset.test))
    return lambda: compile_run(run, model, dataset, val, test)


def test_both_siblings_are_bound_and_recorded(compile, dataset, monkeypatch):
    # Of an untrained network, whose probabilities hardly differ, weights of 8 bits change answers.
    monkeypatch.setattr(compiling, "MAX_INT8_LOSS", 1)
    run, notes = compile()
    assert notes == []
    assert artifacts.read_record(run.folder / "run.json") == run.record
    described = run.record.model
    assert described.compiled.sha256 == sha256(compiled_file(run.model_file))
    assert described.int8.sha256 == sha256(compiled_file(run.model_file, "int8"))
    network, _ = load_network(run.model_file, record=run.record)
    plain, _ = load_network(run.model_file, "keras")
    faces = dataset.val.images[..., None]
    assert network.runtime == "litert"
    np.testing.assert_allclose(network(faces), plain(faces), atol=1e-4)
    # The weights were not rounded to 16 bits, which would change them.
    assert described.compiled.bytes > 4 * described.parameters
    assert load_network(run.model_file, "int8", record=run.record)[0].runtime == "int8"


def test_weights_of_8_bits_that_lose_too_much_are_not_kept(compile, monkeypatch):
    monkeypatch.setattr(compiling, "MAX_INT8_LOSS", -1)
    run, (note,) = compile()
    assert "no model with weights of 8 bits" in note and "Received: " in note
    assert run.record.model.int8 is None
    assert [file.name for file in run.folder.glob("*.tflite")] == ["model.tflite"]
    assert load_network(run.model_file, record=run.record)[0].runtime == "litert"


def no_space(*arguments, **options):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("owner", "name", "value", "reason"),
    [
        (keras.backend, "backend", lambda: "jax", "the backend tensorflow"),
        (compiling, "MAX_DIFFERENCE", -1, "within -1"),
        (keras.Model, "export", no_space, "No space left on device"),
    ],
)
def test_a_run_that_cannot_be_compiled_stays(run, compile, monkeypatch, owner, name, value, reason):
    before = {file.name: file.read_bytes() for file in run.folder.iterdir()}
    monkeypatch.setattr(owner, name, value)
    same, (note,) = compile()
    assert reason in note and "Keras runs it" in note
    assert (f"emotion export {run.name} --format litert" in note) == (name == "backend")
    assert same == run
    assert {file.name: file.read_bytes() for file in run.folder.iterdir()} == before


def test_an_operation_that_litert_lacks_is_named(dataset, tmp_path):
    pixels = keras.Input((48, 48, 1))
    x = keras.ops.erfinv(keras.layers.Flatten()(pixels) / 256)
    model = keras.Model(pixels, keras.layers.Dense(2, activation="softmax")(x))
    file = artifacts.export(model, tmp_path / "model.keras", ("a", "b"))
    with pytest.raises(CompileError, match=r"Received: one with Erfinv\. Run it by Keras"):
        compile_float(model, file, dataset.val)
    assert list(tmp_path.iterdir()) == [file]


def test_differences_are_refused():
    rows = np.array([[0.25, 0.75]])
    assert largest_difference(rows, rows) == 0
    for other in (rows[:, ::-1], rows * np.nan):
        with pytest.raises(ArtifactError, match=r"within 0\.0001"):
            largest_difference(other, rows)
