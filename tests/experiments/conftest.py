import json

import numpy as np
import pytest
from conftest import figures, write_run

from emotion_lib import artifacts
from emotion_lib.datasets.sources.ferplus import PERCEIVED_NAME
from emotion_lib.experiments import readme, results
from emotion_lib.training.second_head import LABEL_HEAD, OWN_LABELS

MODEL = {"parameters": 10, "weights": "none (from scratch)", "sha256": "0" * 64}
FER2013 = {"name": "fer2013", "fingerprint": "f", "images": {"train": 9, "val": 28, "test": 28}}
HISTORY = "epoch,accuracy,val_accuracy,loss,val_loss\n0,0.4,0.5,2,2\n1,0.5,0.6,1,1\n"


@pytest.fixture
def recorded_runs(tmp_path, monkeypatch):
    """Return a folder of artifacts with two notebooks' runs; NOTEBOOKS_DIR holds the notebooks."""
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    monkeypatch.setenv("NOTEBOOKS_DIR", str(notebooks))
    for stem in ("01_first", "02_second", "99_compare"):
        first = f"# {stem[:2]} · Title of {stem[3:]}\n\n**Question.** Why {stem[3:]}?"
        cells = [{"cell_type": "markdown", "source": [first]}]
        (notebooks / f"{stem}.ipynb").write_text(json.dumps({"cells": cells}))
    folder = tmp_path / "artifacts"
    monkeypatch.setenv("ARTIFACTS_DIR", str(folder))
    for module in (readme, results):
        monkeypatch.setattr(module, "served_run", lambda: artifacts.load_run("02_second/a"))
    better = np.eye(2)[np.arange(28) % 2] * 0.8 + 0.1
    model = MODEL | {"multiply_adds": 1000}
    write_run(folder, "01_first", data=FER2013, model=model)
    write_run(folder, "02_second/a", data=FER2013, model=model)
    write_run(folder, "02_second/b", better, data=FER2013, model=MODEL)
    for name in ("01_first", "02_second/a", "02_second/b"):
        (folder / name / "history.csv").write_text(HISTORY)
    return folder


@pytest.fixture
def perceived_run(recorded_runs):
    """Return the second head of 02_second/b as a run: it answers as FER+'s viewers do."""
    own = figures(n=30, accuracy=0.6, accuracy_interval_95=[0.5, 0.7], balanced_accuracy=0.55)
    label_head = figures(n=30, accuracy=0.7, accuracy_interval_95=[0.6, 0.8])
    write_run(
        recorded_runs,
        "02_second/b/perceived",
        data=FER2013 | {"name": PERCEIVED_NAME},
        model=MODEL,
        further={
            "validation, shifted": figures(),
            OWN_LABELS["test"]: own,
            LABEL_HEAD["test"]: label_head,
        },
    )
    (recorded_runs / "02_second/b/perceived/history.csv").write_text(HISTORY)
    return artifacts.load_run("02_second/b/perceived")
