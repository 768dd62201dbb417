"""A small run of every notebook: on drawn faces, and on a slice of the real data."""

import json

import nbformat
import numpy as np
import pytest
from conftest import REAL_DATA
from PIL import Image

from emotion_lib.experiments import notebooks, runner

NOTEBOOKS = notebooks.find()
# Data sets that come with the library, which a small run keeps.
EMBEDDED = ("emoji", "emoji_scenes")
FEWEST_FIGURES = 4


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def no_network(monkeypatch):
    """A proxy that nobody answers stands for a machine without a network."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.fixture
def run_small(tmp_path):
    """Runs a notebook, checks its copy and its records, and returns the records."""

    def run(path, changes):
        folder = tmp_path / "artifacts" / notebooks.parameters(path)["RUN_NAME"]
        copy = folder / path.name
        runner.execute(path, changes, copy)
        records = []
        for file in folder.rglob("run.json"):
            records.append(json.loads(file.read_text()))
        assert not any(record["full"] for record in records)
        assert not (tmp_path / "artifacts" / "leaderboard.csv").exists()
        assert count_figures(copy) >= FEWEST_FIGURES
        assert records or path.name >= "90"  # those compare, and train nothing
        return records

    return run


def count_figures(notebook):
    count = 0
    for cell in nbformat.read(notebook, as_version=4).cells:
        for output in cell.get("outputs", ()):
            count += "image/png" in output.get("data", ())
    return count


def test_runs_on_drawn_faces(path, run_small):
    for record in run_small(path, notebooks.smoke_parameters(path)):
        assert record["data"]["name"] in ("synthetic", *EMBEDDED)


@pytest.mark.skipif(not REAL_DATA, reason="FER2013_PATH does not name the real data")
def test_runs_on_a_slice_of_the_real_data(path, run_small, monkeypatch):
    monkeypatch.setenv("FER2013_PATH", REAL_DATA)
    known = notebooks.parameters(path)
    changes = notebooks.smoke_parameters(path)
    changes |= {name: known[name] for name in ("DATASET", "FACES") if name in known}
    if "EPOCHS" in known:
        changes["EPOCHS"] = 1
    for record in run_small(path, changes):
        assert record["data"]["name"].split()[0] == known["DATASET"]
        assert record["data"]["images"]["test"] <= 256


def test_epochs_are_fitted_into_the_hours(run_small):
    (path,) = notebooks.find("13")
    (record,) = run_small(path, notebooks.smoke_parameters(path) | {"HOURS": 1e-6})
    assert record["training"]["epochs"] == 1 and record["parameters"]["HOURS"] == 1e-6


def test_emoji_need_no_photographed_faces(run_small, tmp_path, no_network):
    """Without FER-2013 the notebook runs, under a name of its own and not as a full run."""
    (path,) = notebooks.find("07")
    (record,) = run_small(path, {"FACES": "fer2013", "FOLDS": 3, "EPOCHS": 1})
    assert record["name"] == "07_emoji_happy_sad/without_fer2013"
    assert "no photographed faces" in str(record["data"])
    copy = tmp_path / "artifacts" / "07_emoji_happy_sad" / path.name
    assert "Ways to get it" in copy.read_text()


def test_your_own_labelled_pictures_need_one_parameter(run_small, tmp_path):
    """``-p SOURCE=folder`` is enough."""
    (path,) = notebooks.find("11")
    mine = tmp_path / "mine"
    mine.mkdir()
    rng = np.random.default_rng(0)
    lines = ["image,labels"]
    for index in range(24):
        Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)).save(mine / f"{index}.png")
        lines.append(f"{index}.png,{('boat', 'bus', 'boat|bus')[index % 3]}")
    (mine / "labels.csv").write_text("\n".join(lines))
    changes = notebooks.smoke_parameters(path) | {
        "SOURCE": str(mine),
        "EPOCHS": 1,
        "LOSSES": ["asymmetric"],
        "WIDTHS": [4, 8],
    }
    (record,) = run_small(path, changes)
    assert record["data"]["name"] == "multilabel_csv" and record["class_names"] == ["boat", "bus"]


def test_without_data_a_full_run_stops_with_the_data_error(tmp_path, no_network):
    """Never on drawn faces instead. The kernel is a process of its own."""
    import papermill

    with pytest.raises(papermill.PapermillExecutionError, match="Ways to get it"):
        runner.execute(NOTEBOOKS[0], {"EPOCHS": 1}, tmp_path / "out.ipynb")
