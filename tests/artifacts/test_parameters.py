"""Parameters of notebooks, and how a run's differ from the defaults."""

import pytest

from emotion_lib import artifacts, paths
from emotion_lib.artifacts import ArtifactError
from emotion_lib.artifacts.parameters import changed_parameters, default_parameters


def test_parameters_are_the_upper_case_names_with_plain_values():
    namespace = {"EPOCHS": 3, "RUN_NAME": "x", "model": 1, "In": [], "_X": 1, "PATH": object()}
    assert artifacts.parameters_of(namespace) == {"EPOCHS": 3, "RUN_NAME": "x"}


def test_changed_parameters_are_those_that_differ(write_notebook):
    write_notebook("13_x", extra='EPOCHS = 30\nSEEDS = [0, 1]\nPRECISION = "auto"')
    assert default_parameters(paths.notebooks_dir() / "13_x.ipynb")["SEEDS"] == [0, 1]
    parameters = {"RUN_NAME": "13_x/wide", "EPOCHS": 40, "SEEDS": [0, 1], "PART": 1}
    parameters["PRECISION"] = "float32"  # chosen by the machine; the record has it under training
    assert changed_parameters("13_x/wide-40", parameters) == {"EPOCHS": 40}
    assert changed_parameters("own/mine", parameters) == {}  # no notebook


def test_only_literals_are_parameters(write_notebook):
    write_notebook("13_x", extra="EPOCHS = 10 + 20")
    with pytest.raises(ArtifactError, match=r"Expected NAME = literal in .*13_x\.ipynb"):
        default_parameters(paths.notebooks_dir() / "13_x.ipynb")


def test_a_recorded_run_holds_what_was_changed(save, write_notebook):
    write_notebook("01_test", extra="EPOCHS = 7\nSEED = 3")
    assert save("01_test/short").record.changed == {"EPOCHS": 2}
