"""The machine: GPUs as nvidia-smi and the environment have them, memory as a container has it."""

import os

import pytest

from emotion_lib import machine
from emotion_lib.machine import Gpu

TWO = ("0, GPU-aa11, NVIDIA H100 80GB HBM3, 81559, 80000", "1, GPU-bb22, NVIDIA L4, 23034, [N/A]")


def test_gpus_with_their_memory(nvidia_smi):
    nvidia_smi(*TWO)
    assert machine.gpus() == [
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
    found = machine.gpus()
    assert [gpu.name for gpu in found] == names
    assert all(gpu.identifier in visible.split(",") for gpu in found)


def test_no_gpu_without_nvidia_smi_or_without_its_driver(nvidia_smi, monkeypatch, tmp_path):
    nvidia_smi(
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver", status=9
    )
    assert machine.gpus() == []
    nvidia_smi("No devices were found")
    assert machine.gpus() == []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.gpus() == []


def test_memory_is_at_most_what_the_container_has(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(machine, "_CONTAINER_LIMITS", (tmp_path / "none", limit))
    limit.write_text("max\n")
    whole = machine.memory()
    assert whole > 2**28
    limit.write_text(f"{2**28}\n")
    assert machine.memory() == 2**28


def test_cores_are_those_that_the_process_may_use():
    assert 1 <= machine.cores() <= os.cpu_count()
