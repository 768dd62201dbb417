"""Records: run.json as dataclasses, and back."""

import json
from dataclasses import FrozenInstanceError

import pytest
from conftest import figures, record

from emotion_lib import artifacts, paths
from emotion_lib.artifacts.record_json import record_from_json, record_to_json

TRACKED = paths.ROOT / "artifacts"


@pytest.mark.parametrize("file", sorted(TRACKED.rglob("run.json")), ids=lambda file: file.parent)
def test_a_tracked_record_is_the_same_file_when_it_is_written_again(file, tmp_path):
    artifacts.write_record(tmp_path / "run.json", artifacts.read_record(file))
    assert (tmp_path / "run.json").read_bytes() == file.read_bytes()
    # 3 is of a promoted or compiled run.
    assert json.loads(file.read_text())["version"] in (2, 3)


def test_numbers_are_neither_rounded_nor_converted():
    content = record("01_x", metrics={"val": figures(accuracy=0.1 + 0.2), "test": figures(n=1)})
    content["training"]["seconds"] = 3  # an integer in place of a float
    assert record_to_json(record_from_json(content)) == content


def test_fields_without_a_value_are_left_out():
    content = record_to_json(record_from_json(record("01_x", calibration=None)))
    assert "calibration" not in content
    assert "chosen_epoch" not in content["training"]


def test_a_record_cannot_be_changed():
    read = record_from_json(record("01_x"))
    assert read.metrics.test.accuracy_interval_95 == (0.3, 0.7)
    with pytest.raises(FrozenInstanceError):
        read.metrics.test.accuracy = 1.0


def test_evaluations_have_one_name_each():
    metrics = {"test_without_twins": figures(n=20), "further": {"test, mirror image": figures(n=9)}}
    evaluations = record_from_json(record("01_x", metrics=metrics)).metrics.evaluations()
    counts = {name: evaluation.n for name, evaluation in evaluations.items()}
    assert counts == {"val": 28, "test": 28, "test_without_twins": 20, "test, mirror image": 9}


def test_version_1_is_read():
    """It had no version, and named backend and device of the training only where they differ."""
    content = record("01_x")
    del content["version"], content["changed"]
    content["training"] = {"epochs": 1, "seconds": 1.5, "precision": "float32"}
    content["training"] |= {"chosen_epoch": None, "device": "a GPU"}
    read = record_from_json(content)
    assert (read.training.backend, read.training.device) == ("tensorflow", "a GPU")
    assert read.environment.device == "a CPU" and read.changed == {}
    assert record_to_json(read)["version"] == 2


RELIABILITY = {"threshold": 0.4, "reliability": [{"low": 0.0, "high": 1.0, "n": 28, "share": 0.5}]}
CONFUSION = {"split": "test", "n": 28, "counts": [[7, 7], [7, 7]]}


@pytest.mark.parametrize(
    ("parts", "version"),
    [
        ({}, 2),
        ({"calibration": {"threshold": 0.4}}, 2),
        ({"calibration": RELIABILITY}, 3),
        ({"confusion": CONFUSION}, 3),
    ],
)
def test_the_version_is_the_earliest_that_has_the_fields(parts, version):
    """An earlier release reads what it can understand."""
    content = record("01_x", **parts, version=version)
    assert record_to_json(record_from_json(content)) == content


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        ("version", 4, "version 4, which a later release"),
        ("confusion", CONFUSION | {"counts": [[1.5]]}, r"confusion.counts.0.0 is 1.5"),
        ("version", "two", "version 'two'"),
        ("full", "yes", "full is 'yes'"),
        ("seed", 1.5, "seed is 1.5"),
        ("seed", True, "seed is True"),
        ("class_names", [1], "class_names.0 is 1"),
        ("training.epochs", None, "training.epochs is None"),
        ("training.speed", 1, "an unknown training.speed"),
        ("data", "fer2013", "data is 'fer2013'"),
        ("metrics.test.n", "28", "metrics.test.n is '28'"),
        ("metrics.test.recall", {"happy": "all"}, "metrics.test.recall.happy is 'all'"),
        ("metrics.test.accuracy_interval_95", [0.5], "has 1 values, not 2"),
    ],
)
def test_a_wrong_part_is_named(place, value, reason):
    content = record("01_x")
    part = content
    *path, last = place.split(".")
    for key in path:
        part = part[key]
    part[last] = value
    with pytest.raises(ValueError, match=reason):
        record_from_json(content)


@pytest.mark.parametrize("name", ["name", "metrics", "parameters"])
def test_a_missing_part_is_named(name):
    content = record("01_x")
    del content[name]
    with pytest.raises(ValueError, match=f"no {name}"):
        record_from_json(content)


def test_the_record_of_the_int8_file():
    """Its confidence is its own; where that was not measured, only the threshold is known."""
    int8 = {"bytes": 1, "sha256": "1" * 64, "same_answer": 0.9}
    int8["metrics"] = {"val": figures(), "test": figures(accuracy=0.25)}
    content = record("01_x", calibration=RELIABILITY, confusion=CONFUSION)
    assert record_from_json(content).of_int8() == record_from_json(content)  # there is none
    content["model"]["int8"] = int8
    small = record_from_json(content).of_int8()
    assert small.metrics.test.accuracy == 0.25 and small.confusion is None
    assert small.calibration.threshold == 0.4 and small.calibration.reliability == ()
    int8["calibration"] = RELIABILITY | {"threshold": 0.6}
    assert record_from_json(content).of_int8().calibration.threshold == 0.6


def test_an_ensemble_is_made_of_runs_and_was_not_trained():
    members = {"made_of": {"13_x/seed-0": "a" * 64}}
    untrained = {"epochs": 0, "seconds": 0.0}
    assert record_from_json(record("14_x", model=members, training=untrained)).is_ensemble
    assert not record_from_json(record("14_x/student", model=members)).is_ensemble
    assert not record_from_json(record("01_x", training=untrained)).is_ensemble
