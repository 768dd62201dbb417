"""``GET /api/v1/about``: the facts come out of the record."""

import json

import numpy as np
import pytest
from fastapi.testclient import TestClient

from emotion_lib.app import api
from emotion_lib.app.service import Service
from emotion_lib.artifacts import read_record
from emotion_lib.inference.predictor import Predictor
from emotion_lib.paths import best_dir


@pytest.fixture(scope="module")
def shipped():
    with TestClient(api.create(Service({"best": Predictor.load()}))) as client:
        yield client


def test_the_facts_of_the_shipped_model_are_those_of_its_record(shipped):
    about = shipped.get("/api/v1/about").json()
    record = read_record(best_dir() / "run.json")
    (model,) = about["models"]
    assert model["run"] == record.name and model["threshold"] == record.calibration.threshold
    test = record.metrics.test
    assert model["evaluations"][0]["accuracy"] == test.accuracy
    assert model["evaluations"][0]["accuracy_interval_95"] == list(test.accuracy_interval_95)
    names = [part["name"] for part in model["evaluations"]]
    assert len(set(names)) == len(names) == len(record.metrics.evaluations())
    assert not set(record.metrics.further) & set(names)  # each has words of its own
    assert model["confusion"]["counts"] == [list(row) for row in record.confusion.counts]
    assert {part["name"]: part["recall"] for part in model["recall"]} == test.recall
    for index, part in enumerate(model["recall"]):
        assert part["n"] == sum(record.confusion.counts[index])
        low, high = part["interval_95"]
        assert low <= part["recall"] <= high
    assert "AI Act" in " ".join(about["prohibited"])
    assert {"MIT", "Apache-2.0"} <= {credit["licence"] for credit in about["credits"]}
    assert about["versions"]["emotion-lab"] in about["cite"]


def test_the_models_say_how_often_a_confidence_was_right(shipped):
    (model,) = shipped.get("/api/v1/models").json()["models"]
    bins = model["reliability"]
    assert bins[0]["from"] == 0 and bins[-1]["to"] == 1
    assert sum(part["n"] for part in bins) == read_record(best_dir() / "run.json").metrics.val.n
    shares = [part["agreed"] / part["n"] for part in bins]
    # Surer is more often right, but for the chance of some 340 faces per bin.
    np.testing.assert_allclose(shares, sorted(shares), atol=0.03)


def test_a_model_without_a_record_has_its_name_and_classes(predictor):
    with TestClient(api.create(Service({"mine": predictor}))) as client:
        (model,) = client.get("/api/v1/about").json()["models"]
        assert model["name"] == "mine" and len(model["class_names"]) == 7
        assert model["evaluations"] == model["recall"] == model["reliability"] == []
        assert model["confusion"] is None
        assert "null" in json.dumps(model)
        assert client.get("/api/v1/models").json()["models"][0]["reliability"] == []
