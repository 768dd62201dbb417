"""Notebooks without FER-2013 and FER+: which need them, and what is said."""

import pytest

from emotion_lib.experiments import data_needs
from emotion_lib.experiments.notebooks import find, parameters, smoke_parameters

LOAD = "dataset = datasets.load(DATASET)"


@pytest.mark.parametrize(
    ("used", "name"),
    [
        ({"EPOCHS": 1, "DATASET": "fer2013"}, "DATASET"),
        ({"DATASET": "ferplus"}, "DATASET"),
        ({"DATASET": "emoji", "FACES": "fer2013"}, "FACES"),
        ({"DATASET": None}, "DATASET"),  # the served model's
        ({"DATASET": "synthetic", "SOURCE": None}, None),
        ({"DATASET": "fer2013", "FACES": "fer2013"}, "DATASET"),
    ],
)
def test_the_parameter_that_names_the_data(write_notebook, tmp_path, used, name):
    path = tmp_path / "notebooks" / "01_x.ipynb"
    write_notebook("01_x", LOAD)
    assert data_needs.parameter_of(path, used) == name
    write_notebook("01_x", "artifacts.runs()")  # recorded scores need no data
    assert data_needs.parameter_of(path, used) is None


def test_blended_labels_need_the_votes(write_notebook, tmp_path):
    write_notebook("01_x", LOAD)
    path = tmp_path / "notebooks" / "01_x.ipynb"
    used = {"DATASET": "fer2013", "VOTES": 0.4}
    assert data_needs.needed(path, used) == ["fer2013", "ferplus"]
    assert data_needs.needed(path, used | {"VOTES": 0}) == ["fer2013"]


@pytest.mark.parametrize(
    ("code", "dataset", "names"),
    [
        (LOAD, "fer2013", ["fer2013"]),
        (LOAD, "ferplus", ["fer2013", "ferplus"]),
        (LOAD + "\nferplus.blended(dataset)", "fer2013", ["fer2013", "ferplus"]),
        (LOAD + "\nferplus.blended(dataset)", "synthetic", []),
    ],
)
def test_a_notebook_needs_what_it_loads(write_notebook, tmp_path, code, dataset, names):
    write_notebook("01_x", code)
    path = tmp_path / "notebooks" / "01_x.ipynb"
    assert data_needs.needed(path, {"DATASET": dataset}) == names


def test_small_runs_need_no_data_and_these_notebooks_never():
    without = set()
    for path in find():
        assert data_needs.needed(path, parameters(path) | smoke_parameters(path)) == []
        if not data_needs.needed(path, parameters(path)):
            without.add(path.stem[:2])
    assert {"07", "11", "99"} <= without and not without & {"01", "04", "08", "13", "16"}


def test_what_is_missing_is_said_as_the_data_sets_say_it(monkeypatch, tmp_path):
    for name in ("FER2013_PATH", "FERPLUS_PATH"):
        monkeypatch.setenv(name, str(tmp_path / "missing"))
    assert "Expected FER-2013 at" in data_needs.problem("fer2013")
    assert "microsoft/FERPlus" in data_needs.problem("ferplus")
