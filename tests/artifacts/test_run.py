"""Recorded runs, found and read."""

import numpy as np
import pytest
from conftest import figures, record, write_run

from emotion_lib import artifacts, paths
from emotion_lib.artifacts import ArtifactError


def test_scores_come_back(save, small_model, dataset):
    y_true, y_score, names = save().scores("test")
    assert np.array_equal(y_true, dataset.test.labels) and names == dataset.class_names
    expected = small_model.predict(dataset.test.images[..., None], verbose=0)
    np.testing.assert_allclose(y_score, expected, atol=1e-3)


def test_the_best_run_is_chosen_on_validation():
    with pytest.raises(ArtifactError, match="Received: none"):
        artifacts.best_run()
    for name, val, test in (("02_a", 0.75, 0.5), ("03_b", 0.5, 0.75)):
        metrics = {"val": figures(accuracy=val), "test": figures(accuracy=test)}
        write_run(paths.artifacts_dir(), name, metrics=metrics, data=record(name)["data"])
    assert artifacts.best_run().name == "02_a"


def test_an_unknown_run():
    write_run(paths.artifacts_dir(), "01_full")
    write_run(paths.artifacts_dir(), "02_x")
    with pytest.raises(ArtifactError, match=r"\['01_full'\].*Received: '01_ful'"):
        artifacts.load_run("01_ful")
    with pytest.raises(ArtifactError, match=r"\['01_full', '02_x'\].*Received: '03_y'"):
        artifacts.load_run("03_y")


def test_runs_are_full_and_in_the_folder_of_their_name():
    write_run(paths.artifacts_dir(), "02_x")
    write_run(paths.artifacts_dir(), "01_x/part")
    write_run(paths.artifacts_dir(), "03_small", full=False)
    write_run(paths.artifacts_dir() / "smoke", "04_x")
    assert [run.name for run in artifacts.runs()] == ["01_x/part", "02_x"]
