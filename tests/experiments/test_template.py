"""The template of an experiment runs as it is, and is not taken for one."""

import json

from emotion_lib import paths
from emotion_lib.experiments import notebooks, runner

TEMPLATE = paths.ROOT / "notebooks" / "template.ipynb"


def test_the_template_is_no_experiment():
    assert TEMPLATE not in notebooks.find()
    assert notebooks.parameters(TEMPLATE)["RUN_NAME"] == "NN_name"


def test_a_copy_of_the_template_is_recorded(tmp_path, monkeypatch):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    copy = folder / "17_tried.ipynb"
    copy.write_text(TEMPLATE.read_text().replace("NN_name", "17_tried").replace("NN", "17"))
    monkeypatch.setenv("NOTEBOOKS_DIR", str(folder))
    assert notebooks.find("17") == [copy]
    output = tmp_path / "artifacts" / "17_tried" / copy.name
    runner.execute(copy, notebooks.smoke_parameters(copy) | {"EPOCHS": 1}, output)
    record = json.loads((output.parent / "run.json").read_text())
    assert record["name"] == "17_tried"
    assert record["data"]["name"] == "synthetic"
