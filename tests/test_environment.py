"""Environment: commit, versions and devices of a result; GPUs as nvidia-smi and the environment list them."""

import os
import re
import subprocess
from unittest.mock import Mock

import pytest

from emotion_lib import environment
from emotion_lib.environment import Gpu

TWO = ("0, GPU-aa11, NVIDIA H100 80GB HBM3, 81559, 80000", "1, GPU-bb22, NVIDIA L4, 23034, [N/A]")


def test_gpus_with_their_memory(nvidia_smi):
    nvidia_smi(*TWO)
    assert environment.gpus() == [
        Gpu("0", "NVIDIA H100 80GB HBM3", 81559 * 2**20, 80000 * 2**20),
        Gpu("1", "NVIDIA L4", 23034 * 2**20, 0),
    ]


@pytest.mark.parametrize(
    ("visible", "names"),
    [
        ("1", ["NVIDIA L4"]),
        ("1,0", ["NVIDIA L4", "NVIDIA H100 80GB HBM3"]),
        ("GPU-bb", ["NVIDIA L4"]),
        ("", []),
        ("-1", []),
        ("0,7,1", ["NVIDIA H100 80GB HBM3"]),
        ("MIG-cc33", ["part of a GPU"]),
    ],
)
def test_only_what_the_environment_leaves_visible(nvidia_smi, monkeypatch, visible, names):
    nvidia_smi(*TWO)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    found = environment.gpus()
    assert [gpu.name for gpu in found] == names
    assert all(gpu.identifier in visible.split(",") for gpu in found)


def test_no_gpu_without_nvidia_smi_or_without_its_driver(nvidia_smi, monkeypatch, tmp_path):
    nvidia_smi(
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver", status=9
    )
    assert environment.gpus() == []
    nvidia_smi("No devices were found")
    assert environment.gpus() == []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment.gpus() == []


def test_memory_is_at_most_what_the_container_has(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(environment, "_CONTAINER_LIMITS", (tmp_path / "none", limit))
    limit.write_text("max\n")
    whole = environment.memory()
    assert whole > 2**28
    limit.write_text(f"{2**28}\n")
    assert environment.memory() == 2**28


def test_cores_are_those_that_the_process_may_use():
    assert 1 <= environment.cores() <= os.cpu_count()


def git(*arguments, cwd):
    author = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *author, *arguments], cwd=cwd, check=True, capture_output=True)


def test_commit_and_whether_the_code_differs_from_it(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    assert environment.commit() == "unknown"
    (tmp_path / "emotion_lib").mkdir()
    (tmp_path / "emotion_lib" / "a.py").write_text("1")
    git("init", cwd=tmp_path)
    git("add", ".", cwd=tmp_path)
    git("commit", "-m", "first", cwd=tmp_path)
    assert re.fullmatch(r"[0-9a-f]{10}", environment.commit())
    (tmp_path / "notes.txt").write_text("does not count")
    assert not environment.commit().endswith("+")
    (tmp_path / "emotion_lib" / "a.py").write_text("2")
    assert environment.commit().endswith("+")


def test_versions_of_what_is_installed(monkeypatch):
    monkeypatch.setattr(environment, "PACKAGES", ("keras", "no-such-package"))
    assert list(environment.versions()) == ["keras"]


def test_device_names_processor_and_cores():
    assert re.search(r"\d+ cores$", environment.device())


def test_a_backend_that_lists_no_devices_computes_on_the_processor(monkeypatch):
    monkeypatch.setattr("keras.distribution.list_devices", Mock(side_effect=AttributeError))
    assert environment.devices() == [] and re.search(r"\d+ cores$", environment.device())


def test_device_names_the_gpu_where_there_is_one(nvidia_smi, monkeypatch):
    nvidia_smi("0, GPU-a, NVIDIA H100, 81559, 81000", "1, GPU-b, NVIDIA L4, 23034, 23000")
    assert "H100" not in environment.device()  # there, but not what Keras computes on
    monkeypatch.setattr("keras.distribution.list_devices", lambda: ["gpu:0"])
    assert environment.device() == "NVIDIA H100, NVIDIA L4"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")  # what a kernel of the series is given
    assert environment.device() == "NVIDIA L4"


def test_keras_is_asked_in_a_process_of_its_own(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    assert environment.backend_and_devices() == ("jax", ["cpu:0"])
    monkeypatch.setenv("KERAS_BACKEND", "no_such_backend")
    with pytest.raises(
        environment.BackendError, match=r"(?s)Received: .*no_such_backend.*KERAS_BACKEND=jax"
    ):
        environment.backend_and_devices()
