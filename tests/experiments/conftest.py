import json

import numpy as np
import pytest
from conftest import write_run

from emotion_lib.experiments import overview

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
    monkeypatch.setattr(overview, "served_name", lambda: "02_second/a")
    better = np.eye(2)[np.arange(28) % 2] * 0.8 + 0.1
    model = MODEL | {"multiply_adds": 1000}
    write_run(folder, "01_first", data=FER2013, model=model)
    write_run(folder, "02_second/a", data=FER2013, model=model)
    write_run(folder, "02_second/b", better, data=FER2013, model=MODEL)
    for name in ("01_first", "02_second/a", "02_second/b"):
        (folder / name / "history.csv").write_text(HISTORY)
    return folder
