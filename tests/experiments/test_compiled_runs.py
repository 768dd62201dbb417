"""A recorded ensemble that is made ready to be served, and what serving then says of it."""

import importlib.util
import os

import numpy as np
import pytest
from conftest import emotion

from emotion_lib import artifacts, datasets
from emotion_lib.app.catalogue import Catalogue, models_here
from emotion_lib.datasets import DataError
from emotion_lib.environment.extras import MissingPackageError
from emotion_lib.evaluation import Evaluation
from emotion_lib.evaluation.calibration import abstention_threshold
from emotion_lib.experiments import compiling
from emotion_lib.inference.compiled_file import compiled_file
from emotion_lib.inference.networks import load_network
from emotion_lib.inference.predictor import Predictor
from emotion_lib.models.cost import multiply_adds
from emotion_lib.paths import best_dir


@pytest.fixture
def data_here(dataset, monkeypatch):
    """Let the drawn faces be FER-2013; an untrained network loses answers by weights of 8 bits."""
    monkeypatch.setattr(datasets, "load", lambda name: dataset)
    monkeypatch.setattr(compiling, "MAX_INT8_LOSS", 1)


def test_an_ensemble_is_compiled_described_and_offered(
    save_ensemble, small_model, data_here, monkeypatch, capsys
):
    run = save_ensemble()
    assert Predictor.load("ensemble").threshold == Predictor.UNCALIBRATED_THRESHOLD
    assert emotion(monkeypatch, "export", "ensemble", "--format", "litert") == 0
    printed = capsys.readouterr().out
    assert f"written: {compiled_file(run.model_file)} (" in printed
    assert "serve:  emotion app --model 14_test/ensemble" in printed
    record = artifacts.load_run(run.name).record
    assert record.model.multiply_adds == 2 * multiply_adds(small_model)  # with the mirror image
    val = Evaluation(*run.scores("val"))
    assert record.calibration.threshold == abstention_threshold(val)
    assert sum(part.n for part in record.calibration.reliability) == val.n
    predictor = Predictor.load("ensemble")
    assert (predictor.network.runtime, predictor.record) == ("litert", record)
    face = np.arange(48 * 48, dtype=np.uint8).reshape(1, 48, 48, 1)
    plain, _ = load_network(run.model_file, "keras")
    np.testing.assert_allclose(predictor.network(face), plain(face), atol=1e-4)
    small = Predictor.load("ensemble", runtime="int8")
    assert small.threshold == record.model.int8.calibration.threshold

    catalogue = Catalogue(models_here())
    best, int8, described = catalogue.describe()
    assert [best.name, int8.name, described.name] == ["best", "best int8", "ensemble"]
    assert described.is_ensemble and described.run == run.name
    assert described.answers_by == "FER-2013's own labels"
    assert described.multiply_adds == record.model.multiply_adds
    assert described.accuracy == record.metrics.test.accuracy
    assert described.bytes == compiled_file(run.model_file).stat().st_size
    assert not catalogue._predictors  # it is loaded when it is first chosen
    assert catalogue.predictor("ensemble").class_names == record.class_names


def test_without_its_data_a_run_gets_the_float_form_alone(save_ensemble, monkeypatch, capsys):
    run = save_ensemble()
    assert emotion(monkeypatch, "export", run.folder, "--format", "litert") == 0
    assert "no model with weights of 8 bits" in capsys.readouterr().err
    record = artifacts.load_run(run.name).record
    assert record.model.compiled is not None and record.model.int8 is None
    assert record.calibration.threshold > 0
    with pytest.raises(DataError):
        datasets.load("fer2013")


def test_without_keras_an_ensemble_is_offered_if_it_was_compiled(save_ensemble, monkeypatch):
    run = save_ensemble()
    assert list(models_here()) == ["best", "best int8", "ensemble"]
    monkeypatch.setattr("emotion_lib.app.catalogue.find_spec", lambda name: None)
    assert list(models_here()) == ["best", "best int8"]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match=r"emotion export .* --format litert"):
        Predictor.load(run.name)


@pytest.mark.parametrize(
    "arguments",
    [
        ["best", "--format", "litert"],
        [f"{os.path.relpath(best_dir())}/model.keras", "--format", "litert"],
        ["x", "--format", "onnx"],
    ],
)
def test_what_is_no_run_needs_a_place(save_ensemble, arguments, monkeypatch, capsys):
    model, *options = arguments
    name = save_ensemble().name if model == "x" else model
    assert emotion(monkeypatch, "export", name, *options) == 2
    assert "Expected --out" in capsys.readouterr().err
