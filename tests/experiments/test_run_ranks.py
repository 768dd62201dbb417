"""Runs on the same images that cannot be told apart share a rank."""

import numpy as np
import pytest
from conftest import write_run

from emotion_lib import artifacts
from emotion_lib.experiments.run_ranks import run_ranks

LABELS = np.arange(28) % 2
OTHER = {"name": "other", "fingerprint": "f", "images": {"train": 9, "val": 28, "test": 28}}


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))

    def written(name, errors, **parts):
        right = np.eye(2)[LABELS] * 0.8 + 0.1
        right[:errors] = 1 - right[:errors]
        return write_run(tmp_path, name, right, **parts)

    return written


def ranks():
    runs = artifacts.runs()
    found = run_ranks(runs)
    return {run.name: found.get(run.folder) for run in runs}


def test_runs_of_each_data_set_are_ranked_apart(write):
    write("01_x/a", 0)
    write("01_x/b", 4)
    write("01_x/c", 20)
    write("02_y/a", 1, data=OTHER)
    write("02_y/b", 25, data=OTHER)
    assert ranks() == {"01_x/a": 1, "01_x/b": 1, "01_x/c": 3, "02_y/a": 1, "02_y/b": 2}


def test_a_run_that_cannot_be_compared_has_no_rank(write):
    write("01_x/a", 0)
    write("01_x/b", 1)
    write("01_x/without-scores", 2)
    (artifacts.load_run("01_x/without-scores").folder / "test_scores.npz").unlink()
    write("01_x/damaged", 2)
    (artifacts.load_run("01_x/damaged").folder / "test_scores.npz").write_bytes(b"PK")
    write("02_y/alone", 0, data=OTHER)
    found = ranks()
    assert [name for name, rank in found.items() if rank] == ["01_x/a", "01_x/b"]
