"""The command emotion series: devices, notebooks at a time, what is left out, mistakes."""

import re
import sys

import nbformat
import pytest

from emotion_lib import environment
from emotion_lib.environment import BackendError
from emotion_lib.experiments import changes, data_needs, needs, pipeline
from emotion_lib.paths import artifacts_dir

H100 = "NVIDIA H100 80GB HBM3"
SHOW = """import os
for name in ("CUDA_VISIBLE_DEVICES", "XLA_PYTHON_CLIENT_MEM_FRACTION", "JAX_COMPILATION_CACHE_DIR"):
    print(name, "is", os.environ.get(name))"""


@pytest.fixture
def write(write_notebook, quick_runner, monkeypatch):
    """Return a function that writes notebooks that are executed without a kernel."""
    monkeypatch.setattr(changes, "data_identity", lambda name: "data")
    return write_notebook


@pytest.fixture
def machine_with(monkeypatch, nvidia_smi):
    """Return a function that makes this a machine of 16 cores with GPUs, seen by Keras."""

    def make(*gpus, seen=None, memory=128 * 2**30):
        nvidia_smi(
            *(f"{index}, GPU-{index}, {name}, 81559, 81000" for index, name in enumerate(gpus))
        )
        devices = [f"gpu:{index}" for index in range(len(gpus))] or ["cpu:0"]
        monkeypatch.setattr(
            pipeline, "backend_and_devices", lambda: ("jax", devices if seen is None else seen)
        )
        monkeypatch.setattr(environment, "processor", lambda: "a CPU, 16 cores")
        monkeypatch.setattr(environment, "memory", lambda: memory)
        monkeypatch.setattr(environment, "cores", lambda: 16)

    return make


def test_the_devices_are_printed_first(run_series, write, capsys, machine_with):
    write("01_a")
    machine_with()
    assert run_series() == 0
    first = ["Keras on jax: cpu:0", "Processor: a CPU, 16 cores (16 for this process), 128.0 GiB"]
    assert capsys.readouterr().out.splitlines()[:2] == first
    machine_with(H100)
    assert run_series() == 0
    out = capsys.readouterr().out
    assert out.splitlines()[:2] == [
        "Keras on jax: gpu:0",
        f"GPU 0: {H100}, 79.6 GiB, 79.1 GiB free",
    ]
    assert "1 notebooks, 1 at a time" in out  # as there are no more


def test_gpus_that_keras_does_not_see_are_not_used(run_series, write, capsys, machine_with):
    write("01_a", SHOW)
    write("02_b")
    machine_with(H100, seen=["cpu:0"])
    assert run_series() == 0
    out = capsys.readouterr().out
    assert "Keras sees none of these GPUs" in out and "2 notebooks, 1 at a time" in out
    assert "CUDA_VISIBLE_DEVICES is None" in out and "MEM_FRACTION is None" in out


def test_kernels_share_the_gpus(run_series, write, capsys, machine_with):
    for stem in ("01_a", "02_b", "03_c"):
        write(stem, SHOW)
    machine_with(H100, H100)
    assert run_series() == 0
    out = capsys.readouterr().out
    assert "3 notebooks, 3 at a time" in out  # eight would fit
    assert sorted(re.findall(r"CUDA_VISIBLE_DEVICES is (\S+)", out)) == ["0", "0", "1"]
    assert sorted(re.findall(r"FRACTION is (\S+)", out)) == ["0.447", "0.447", "0.894"]
    assert set(re.findall(r"CACHE_DIR is (\S+)", out)) == {
        str(artifacts_dir() / ".compiled" / "NVIDIA_H100_80GB_HBM3")
    }
    assert f",{H100},jax," in (artifacts_dir() / "minutes.csv").read_text()
    assert run_series("--always", "--jobs", "1") == 0
    out = capsys.readouterr().out
    assert "3 notebooks, 1 at a time" in out and set(
        re.findall(r"CUDA_VISIBLE_DEVICES is (\S+)", out)
    ) == {"0,1"}


def test_a_backend_that_does_not_start_is_a_mistake_in_the_setup(
    run_series, write, capsys, monkeypatch
):
    def refuse():
        raise BackendError("Expected a backend. Received: No module named 'tensorflow'")

    write("01_a")
    monkeypatch.setattr(pipeline, "backend_and_devices", refuse)
    assert run_series() == 2
    assert "No module named 'tensorflow'" in capsys.readouterr().err


def test_a_notebook_with_missing_needs_is_left_out_visibly(
    run_series, write, capsys, monkeypatch, machine_with
):
    machine_with()
    monkeypatch.setitem(needs.PACKAGES, "TensorFlow", "no_such_module")
    condition = {"TensorFlow": {"FACENET": None}}
    write("01_a")
    write("02_needs", "print('ran')", extra="FACENET = None", needs=condition)
    assert run_series() == 0
    out = capsys.readouterr().out
    lacking = "needs TensorFlow, which is not installed"
    assert f"1 of 2 · 02_needs · left out: {lacking}" in out
    assert re.search(rf"^02_needs +-  left out   {lacking}$", out, re.M)
    assert out.rstrip().endswith("1 done, 1 left out (02_needs)") and "ran" not in out
    assert (
        f'left out,0.00,"a CPU, 16 cores",jax,"{lacking}"'
        in (artifacts_dir() / "minutes.csv").read_text()
    )
    assert run_series("02") == 0  # nothing is left to run
    assert run_series("02", "-p", "FACENET='own.keras'") == 0
    assert "ran" in capsys.readouterr().out
    monkeypatch.setitem(needs.PACKAGES, "TensorFlow", sys.modules[__name__].__name__)
    assert run_series("02") == 0
    assert "ran" in capsys.readouterr().out


def test_notebooks_are_left_out_by_name(run_series, write, capsys, machine_with):
    machine_with()
    for stem in ("01_a", "02_b", "03_c"):
        write(stem)
    assert run_series("--except", "01", "--except", "03_c") == 0
    out = capsys.readouterr().out
    assert (
        out.rstrip().endswith("1 done, 2 left out (01_a, 03_c)")
        and "as asked by --except 03_c" in out
    )
    assert run_series("--except", "07") == 2
    assert "Received: '07'" in capsys.readouterr().err


def test_notebooks_without_their_data_are_left_out_and_the_others_run(
    run_series, write, capsys, monkeypatch, machine_with
):
    machine_with()
    asked = []

    def problem(name):
        asked.append(name)
        return f"Expected {name}. Received: none.\nHow to get it"

    monkeypatch.setattr(data_needs, "problem", problem)
    for stem in ("01_a", "02_b"):
        write(stem, "datasets.load(DATASET)", extra='DATASET = "fer2013"')
    write("03_c", "print('ran')", extra='FACES = "fer2013"')
    assert run_series() == 1
    out = capsys.readouterr().out
    assert asked == ["fer2013"] and out.count("How to get it") == 1
    assert "Without data, 2 notebooks are left out. Expected fer2013. Received: none." in out
    assert re.search(r"^02_b +-  left out   needs FER-2013$", out, re.M)
    assert "ran" in out and re.search(r"^In 0:\d\d: 1 done, 2 left out", out, re.M)
    assert run_series("03") == 0
    assert run_series("--except", "0") == 0  # nobody asks for them


def test_smoke_runs_are_small_and_have_a_folder_of_their_own(
    run_series, write_notebook, capsys, machine_with
):
    machine_with()
    for stem in ("01_a", "02_b"):
        write_notebook(stem, "print('epochs', EPOCHS)", extra="EPOCHS = 30", smoke={"EPOCHS": 2})
    assert run_series("--smoke", "--jobs", "2") == 0
    out = capsys.readouterr().out
    assert "[01] " in out and "[02] " in out
    executed = (
        artifacts_dir() / "01_a" / "01_a.ipynb"
    )  # the pipeline has moved ARTIFACTS_DIR to smoke/
    assert artifacts_dir().name == "smoke"
    cell = nbformat.read(executed, as_version=4).cells[-1]
    assert cell.outputs[0].text == "epochs 2\n"


def test_mistakes_in_the_command_are_named(run_series, write, capsys):
    write("01_a")
    assert run_series("07") == 2
    assert "Received: '07'" in capsys.readouterr().err
    assert run_series("01", "-p", "HOUR=1") == 2
    assert "Received: ['HOUR']" in capsys.readouterr().err
    for option, value in (
        ("--jobs", "0"),
        ("--jobs", "two"),
        ("--budget", "-1"),
        ("--budget", "nan"),
    ):
        assert run_series(option, value) == 2
        assert option in capsys.readouterr().err


def test_the_expected_minutes_are_printed_first(run_series, write, capsys, machine_with):
    machine_with()
    write("01_a")
    assert run_series() == 0
    assert "  01_a                       a second\n" in capsys.readouterr().out
    assert run_series() == 0
    assert (
        "  01_a                       1 min\n" in capsys.readouterr().out
    )  # as it has been measured by now
