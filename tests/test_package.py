"""Tests of the wheel: what it holds, and its use without a checkout and without the extras."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from email.parser import BytesParser
from pathlib import Path

import pytest

from emotion_lib.environment.extras import OPTIONAL
from emotion_lib.paths import ROOT

PORTRAIT = ROOT / "emotion_lib" / "app" / "examples" / "1_eileen_collins.jpg"
NEEDED = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")
MODEL = {"model.keras", "model.tflite", "model.int8.tflite", "run.json", "MODEL_CARD.md"}
# Python runs a module named sitecustomize at its start.
HIDE_EXTRAS = """
import sys
sys.modules.update(dict.fromkeys({modules}))
"""
# Runs commands one after another in one process, and prints their statuses and messages.
RUN = """
import contextlib, io, json, sys
from emotion_lib import cli
results = []
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["emotion", *arguments]
    output, errors = io.StringIO(), io.StringIO()
    status = None
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            cli.main()
        except SystemExit as end:
            status = end.code
    results.append([status or 0, output.getvalue(), errors.getvalue()])
print(json.dumps(results))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return the wheel, built of a copy of the checkout, as a build leaves files behind."""
    folder = tmp_path_factory.mktemp("package")
    source = folder / "source"
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(ROOT / "emotion_lib", source / "emotion_lib", ignore=ignored)
    shutil.copytree(ROOT / "artifacts" / "best", source / "artifacts" / "best")
    for name in NEEDED:
        shutil.copy(ROOT / name, source / name)
    # Of a module that was deleted since an earlier build.
    stale = source / "build" / "lib" / "emotion_lib" / "deleted.py"
    stale.parent.mkdir(parents=True)
    stale.touch()
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    (wheel,) = folder.glob("emotion_lib-*-py3-none-any.whl")
    return wheel


@pytest.fixture(scope="module")
def emotion(wheel, tmp_path_factory):
    """Return a function that runs commands of the unpacked wheel in an empty folder.

    The packages of extras are hidden, as a light installation lacks them.
    """
    site = wheel.parent / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "sitecustomize.py").write_text(HIDE_EXTRAS.format(modules=list(OPTIONAL)))
    folder = tmp_path_factory.mktemp("elsewhere")
    environment = os.environ | {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    for name in ("DATA_DIR", "ARTIFACTS_DIR", "NOTEBOOKS_DIR"):
        environment.pop(name, None)

    def run(*commands: list) -> list[list]:
        arguments = json.dumps([[str(each) for each in command] for command in commands])
        done = subprocess.run(
            [sys.executable, "-c", RUN, arguments],
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)

    run.site = site
    run.folder = folder
    return run


def test_the_wheel_holds_the_library_its_data_and_the_model(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        shipped = {Path(name).name for name in names if name.startswith("emotion_lib/shipped/")}
        assert shipped == MODEL
        for name in MODEL:
            content = archive.read(f"emotion_lib/shipped/{name}")
            assert content == (ROOT / "artifacts" / "best" / name).read_bytes()
        (points,) = [name for name in names if name.endswith("entry_points.txt")]
        assert b"emotion = emotion_lib.cli:main" in archive.read(points)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"emotion_lib"}
    assert not [name for name in names if "tests" in name or name.endswith(".ipynb")]
    library = {name for name in names if name.startswith("emotion_lib/")}
    expected = {f"emotion_lib/shipped/{name}" for name in MODEL}
    for path in (ROOT / "emotion_lib").rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            expected.add(path.relative_to(ROOT).as_posix())
    assert library == expected
    assert wheel.stat().st_size < 8e6


def test_the_metadata_are_complete(wheel):
    with zipfile.ZipFile(wheel) as archive:
        folder = next(name for name in archive.namelist() if name.endswith("METADATA"))
        metadata = BytesParser().parsebytes(archive.read(folder))
        licences = [name for name in archive.namelist() if "/licenses/" in name]
    assert metadata["License-Expression"] == "MIT" and licences
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload().startswith("# Emotion lab")
    classifiers = metadata.get_all("Classifier")
    for minor in (11, 12, 13):
        assert f"Programming Language :: Python :: 3.{minor}" in classifiers
    assert metadata["Keywords"]


def test_pictures_are_read_without_a_checkout_and_without_extras(emotion):
    with_csv = ["predict", PORTRAIT, "--csv", "faces.csv", "--annotate", "boxes"]
    results = emotion(with_csv, ["predict", PORTRAIT, "--json"], ["models"])
    assert [status for status, *_ in results] == [0, 0, 0], results
    (_, table, _), (_, line, _), (_, models, _) = results
    assert " happy " in table
    assert json.loads(line)["faces"][0]["label"] == "happy"
    assert str(emotion.site / "emotion_lib" / "shipped" / "model.keras") in models
    assert {path.name for path in emotion.folder.iterdir()} == {"faces.csv", "boxes"}


def test_a_command_that_needs_more_says_what(emotion):
    """Each in one line, with status 2, and before it writes anything."""
    extras = {
        "video": [["video", "x.mp4"], ["live", "--no-window", "--out", "today"]],
        "app": [["app"]],
        "lab": [["train", "x"], ["evaluate", "x.keras", "y"], ["data"], ["bench"]],
        "distributed": [["predict", PORTRAIT, "--engine", "ray", "--out", "r"]],
    }
    checkout = [["run", "01"], ["series"], ["promote", "01"], ["bench", "--write-docs"]]
    checkout += [["report", "docs"], ["report", "findings"], ["report", "card"]]
    checkout += [["gpu-bundle", "write"], ["gpu-bundle", "check"]]
    commands = []
    expected = []
    for extra, uses in extras.items():
        commands += uses
        expected += [f"pip install 'emotion-lib[{extra}]'"] * len(uses)
    commands += checkout
    expected += ["Expected a checkout of the project for "] * len(checkout)
    before = sorted(emotion.folder.iterdir())
    for command, (status, _, message), text in zip(
        commands, emotion(*commands), expected, strict=True
    ):
        assert status == 2 and text in message and message.count("\n") == 1, (command, message)
    assert sorted(emotion.folder.iterdir()) == before
