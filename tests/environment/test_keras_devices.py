"""The devices that Keras computes on."""

import re
from unittest.mock import Mock

import pytest

from emotion_lib.environment import BackendError, backend_and_devices, device, devices


def test_device_names_processor_and_cores():
    assert re.search(r"\d+ cores$", device())


def test_a_backend_that_lists_no_devices_computes_on_the_processor(monkeypatch):
    monkeypatch.setattr("keras.distribution.list_devices", Mock(side_effect=AttributeError))
    assert devices() == []
    assert re.search(r"\d+ cores$", device())


def test_device_names_the_gpus_that_keras_uses(nvidia_smi, monkeypatch):
    nvidia_smi("0, GPU-a, NVIDIA H100, 81559, 81000", "1, GPU-b, NVIDIA L4, 23034, 23000")
    assert "H100" not in device()  # the GPUs exist, but Keras does not use them
    monkeypatch.setattr("keras.distribution.list_devices", lambda: ["gpu:0"])
    assert device() == "NVIDIA H100, NVIDIA L4"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")  # set for the kernel of a notebook
    assert device() == "NVIDIA L4"


def test_a_separate_process_asks_keras(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    assert backend_and_devices() == ("jax", ["cpu:0"])
    monkeypatch.setenv("KERAS_BACKEND", "no_such_backend")
    with pytest.raises(BackendError, match=r"(?s)Received: .*no_such_backend.*KERAS_BACKEND=jax"):
        backend_and_devices()
