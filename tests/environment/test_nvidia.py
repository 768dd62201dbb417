"""GPUs as nvidia-smi lists them and CUDA_VISIBLE_DEVICES leaves them visible."""

import pytest

from emotion_lib.environment import Gpu, gpus

TWO = ("0, GPU-aa11, NVIDIA H100 80GB HBM3, 81559, 80000", "1, GPU-bb22, NVIDIA L4, 23034, [N/A]")
NO_DRIVER = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver"


def test_gpus_with_their_memory(nvidia_smi):
    nvidia_smi(*TWO)
    assert gpus() == [
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
def test_only_visible_gpus_are_returned(nvidia_smi, monkeypatch, visible, names):
    nvidia_smi(*TWO)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    found = gpus()
    assert [gpu.name for gpu in found] == names
    assert all(gpu.identifier in visible.split(",") for gpu in found)


def test_no_gpu_without_nvidia_smi_or_its_driver(nvidia_smi, monkeypatch, tmp_path):
    nvidia_smi(NO_DRIVER, status=9)
    assert gpus() == []
    nvidia_smi("No devices were found")
    assert gpus() == []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpus() == []
