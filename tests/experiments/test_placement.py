"""Placement of notebooks on GPUs, by memory and cores; the user's own variables stay."""

import subprocess
import sys
from pathlib import Path

import pytest

from emotion_lib.environment import Gpu
from emotion_lib.experiments.placement import Place, notebooks_at_a_time, places

GIB = 2**30
OWN = (
    "CUDA_VISIBLE_DEVICES",
    "CUDA_DEVICE_ORDER",
    "XLA_PYTHON_CLIENT_MEM_FRACTION",
    "XLA_CLIENT_MEM_FRACTION",
    "XLA_PYTHON_CLIENT_PREALLOCATE",
    "TF_FORCE_GPU_ALLOW_GROWTH",
    "JAX_COMPILATION_CACHE_DIR",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES",
)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in OWN:
        monkeypatch.delenv(name, raising=False)


def gpu(index=0, total=80, free=None):
    return Gpu(str(index), "a GPU", int(total * GIB), int((total if free is None else free) * GIB))


@pytest.mark.parametrize(
    ("gpus", "memory", "cores", "jobs"),
    [
        ([], 128, 64, 1),  # one training uses all cores
        ([gpu()], 128, 16, 4),
        ([gpu(total=15.8)], 128, 16, 2),
        ([gpu(total=8)], 128, 16, 1),
        ([gpu(total=80, free=10)], 128, 16, 1),  # somebody else is at work there
        ([gpu()], 13, 16, 2),  # main memory is short
        ([gpu()], 128, 6, 3),
        ([gpu()], 2, 1, 1),
        ([gpu()], 0, 16, 4),  # unknown
        ([Gpu("0", "a GPU")], 128, 16, 1),  # of unknown memory
        ([gpu(0), gpu(1)], 128, 32, 8),
        ([gpu(0), gpu(1, total=16)], 128, 32, 4),
    ],
)
def test_as_many_as_memory_and_cores_allow(gpus, memory, cores, jobs):
    assert notebooks_at_a_time(gpus, memory * GIB, cores) == jobs


def assigned(gpus, jobs):
    environments = [place.environment() for place in places(gpus, jobs, Path("cache"))]
    return [
        (e["CUDA_VISIBLE_DEVICES"], float(e["XLA_PYTHON_CLIENT_MEM_FRACTION"]))
        for e in environments
    ]


def test_gpus_are_assigned_in_turn_with_equal_parts_of_their_memory():
    assert assigned([gpu(0)], 3) == [("0", 0.3)] * 3
    assert assigned([gpu(0), gpu(1)], 2) == [("0", 0.9), ("1", 0.9)]
    assert assigned([gpu(0), gpu(1)], 3) == [("0", 0.45), ("1", 0.9), ("0", 0.45)]
    assert assigned([gpu(0, free=40)], 2) == [("0", 0.225)] * 2
    assert assigned([gpu(0), gpu(1), gpu(2)], 2) == [("0,2", 0.9), ("1", 0.9)]
    assert assigned([gpu(0), gpu(1)], 1) == [("0,1", 0.9)]
    assert assigned([Gpu("MIG-1", "part of a GPU")], 1) == [("MIG-1", 0.9)]


def test_memory_is_taken_as_it_is_needed():
    (place,) = places([gpu()], 1, Path("cache"))
    environment = place.environment()
    assert (
        environment["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
        and environment["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    )
    assert environment["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    assert not {"CUDA_VISIBLE_DEVICES", "XLA_PYTHON_CLIENT_MEM_FRACTION"} & set(
        Place().environment()
    )


def test_variables_of_the_user_are_kept(monkeypatch):
    chosen = {
        "XLA_PYTHON_CLIENT_PREALLOCATE": "true",
        "XLA_PYTHON_CLIENT_MEM_FRACTION": "0.2",
        "TF_FORCE_GPU_ALLOW_GROWTH": "false",
        "JAX_COMPILATION_CACHE_DIR": "/elsewhere",
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "5",
    }
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    (place,) = places([gpu()], 1, Path("cache"))
    assert chosen.items() <= place.environment().items()
    monkeypatch.delenv("XLA_PYTHON_CLIENT_MEM_FRACTION")
    monkeypatch.setenv("XLA_CLIENT_MEM_FRACTION", "0.3")
    assert "XLA_PYTHON_CLIENT_MEM_FRACTION" not in place.environment()


def test_processes_share_compiled_programs(tmp_path, monkeypatch):
    """Also a program that took a moment to compile."""
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    code = "import jax, logging; logging.basicConfig(level='DEBUG'); "
    code += "print(jax.jit(lambda x: x * 2 + 1)(3.0))"
    (place,) = places([], 1, tmp_path / "cache")
    cache_hits = []
    for _ in range(2):
        answer = subprocess.run(
            [sys.executable, "-c", code],
            env=place.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert answer.stdout == "7.0\n"
        cache_hits.append("Persistent compilation cache hit for 'jit__lambda" in answer.stderr)
    assert list((tmp_path / "cache").iterdir()) and cache_hits == [False, True]
