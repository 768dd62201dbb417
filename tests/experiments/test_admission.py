"""Runs of other machines that do not fit the data here, or whose figures do not follow."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import change_record, examined, write_run

from emotion_lib import paths
from emotion_lib.artifacts import ArtifactError
from emotion_lib.datasets import Dataset, Split
from emotion_lib.experiments import importing

REFUSED = {
    "other data": ({"data.fingerprint": "g"}, r"fingerprint f\).*on other data \(g\)"),
    "other classes": (
        {"class_names": ["sad", "happy"]},
        r"Expected the classes \['happy', 'sad'\]",
    ),
    "a name of no run": ({"name": "best/x"}, "Expected a name of a run without"),
    "endless": ({"training.seconds": float("inf")}, "no row of the leaderboard"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_run_that_does_not_fit_the_runs_here_is_refused(there, case):
    write_run(paths.artifacts_dir(), "01_x")
    parts, reason = REFUSED[case]
    write_run(there, "03_y")
    change_record(write_run(there, parts.get("name", "02_x")), **parts)
    candidate = next(
        candidate for candidate in importing.examine(there)[0] if candidate.run.name != "03_y"
    )
    assert candidate.change == "refused"
    with pytest.raises(ArtifactError, match=reason):
        raise ArtifactError(*candidate.faults)


def test_labels_are_those_of_the_runs_on_the_same_data(there):
    write_run(paths.artifacts_dir(), "01_x")
    folder = write_run(there, "02_x", labels=np.arange(28)[::-1] % 2)
    assert "Received: 28 of 28 that differ" in examined(there).faults[0]
    # A cross-validation pools the test images of its folds: these are not the labels of a split.
    change_record(folder, **{"data.images": {"val": 9, "test": 9}})
    assert examined(there).change == "new"


def test_classes_and_labels_are_those_of_the_data(there):
    folder = write_run(there, "02_x")
    labels = np.arange(28) % 2
    split = Split(np.zeros((28, 8, 8), np.uint8), labels)
    data = Dataset("pictures", ("happy", "sad"), False, split, split, split, "f", True)
    assert examined(there, data={"pictures": data}.get).notes == ()
    for other, reason in (
        (replace(data, fingerprint="g"), r"fingerprint g\)"),
        (replace(data, class_names=("sad", "happy")), "Expected the classes"),
        (replace(data, val=replace(split, labels=1 - labels)), r"val_scores\.npz"),
    ):
        with pytest.raises(ArtifactError, match=reason):
            raise ArtifactError(*examined(there, data=lambda name, other=other: other).faults)
    write_run(paths.artifacts_dir(), "01_x")
    folder = folder.rename(there / "03_x")
    change_record(folder, name="03_x")
    # The labels are those of a run here, so the data is not read.
    assert examined(there, data=pytest.fail).change == "new"
