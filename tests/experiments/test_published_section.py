import pytest
from conftest import write_run

from emotion_lib import artifacts
from emotion_lib.experiments.published_section import (
    accuracy_on_twins,
    as_published,
    published_section,
)

FER2013 = {"name": "fer2013", "fingerprint": "f", "images": {"train": 9, "val": 28, "test": 28}}


def figures(n, accuracy):
    return {"n": n, "accuracy": accuracy, "accuracy_interval_95": [0.6, 0.8], "macro_f1": 0.6}


@pytest.fixture
def record_run(tmp_path, monkeypatch):
    """Return a function that records a run with an accuracy on test and without twins."""
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))

    def write(name, val, test, without_twins, **changes):
        metrics = {
            "val": figures(3589, val),
            "test": figures(3589, test),
            "test_without_twins": figures(3301, without_twins),
        }
        write_run(tmp_path, name, metrics=metrics, data=FER2013, **changes)

    return write


def test_accuracy_on_twins_follows_from_the_other_two(record_run):
    record_run("01_x", 0.7, (2300 + 216) / 3589, 2300 / 3301)
    assert accuracy_on_twins(artifacts.load_run("01_x")) == 216 / 288


def test_the_estimate_lies_between_both_rates():
    assert as_published(0.7, 0.7) == pytest.approx(0.7)
    assert 0.7 < as_published(0.7, 0.91) < 0.72


def test_the_best_on_validation_of_each_kind_is_estimated(record_run):
    record_run("01_x/a", 0.70, 0.69, 0.68)
    record_run("01_x/b", 0.71, 0.68, 0.67)
    model = {"parameters": 10, "weights": "mean of 2 networks", "sha256": "0" * 64}
    training = {"epochs": 0, "seconds": 1, "precision": "float32"}
    record_run("01_x/c", 0.72, 0.7, 0.69, model=model | {"made_of": {"a": "0"}}, training=training)
    served = {"parameters": 10, "weights": "the served model's features", "sha256": "1" * 64}
    record_run("01_x/d", 0.73, 0.7, 0.69, model=served)
    rows = published_section(artifacts.runs())[-1].splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == [
        "| best ensemble: 01_x/c",
        "| best network: 01_x/b",
    ]
    assert rows[1].endswith("| about 68.3 to 68.9 % |")


def test_runs_on_other_images_have_no_estimate(recorded_runs):
    assert published_section(artifacts.runs())[-1].startswith("| who | what | published |")
