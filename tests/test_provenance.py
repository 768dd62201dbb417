import re
import subprocess
from unittest.mock import Mock

import pytest

from emotion_lib import provenance


def git(*arguments, cwd):
    author = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *author, *arguments], cwd=cwd, check=True, capture_output=True)


def test_commit_and_whether_the_code_differs_from_it(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    assert provenance.commit() == "unknown"
    (tmp_path / "emotion_lib").mkdir()
    (tmp_path / "emotion_lib" / "a.py").write_text("1")
    git("init", cwd=tmp_path)
    git("add", ".", cwd=tmp_path)
    git("commit", "-m", "first", cwd=tmp_path)
    assert re.fullmatch(r"[0-9a-f]{10}", provenance.commit())
    (tmp_path / "notes.txt").write_text("does not count")
    assert not provenance.commit().endswith("+")
    (tmp_path / "emotion_lib" / "a.py").write_text("2")
    assert provenance.commit().endswith("+")


def test_versions_of_what_is_installed(monkeypatch):
    monkeypatch.setattr(provenance, "PACKAGES", ("keras", "no-such-package"))
    assert list(provenance.versions()) == ["keras"]


def test_device_names_processor_and_cores():
    assert re.search(r"\d+ cores$", provenance.device())


def test_a_backend_that_lists_no_devices_computes_on_the_processor(monkeypatch):
    monkeypatch.setattr("keras.distribution.list_devices", Mock(side_effect=AttributeError))
    assert provenance.devices() == [] and re.search(r"\d+ cores$", provenance.device())


def test_device_names_the_gpu_where_there_is_one(nvidia_smi, monkeypatch):
    nvidia_smi("0, GPU-a, NVIDIA H100, 81559, 81000", "1, GPU-b, NVIDIA L4, 23034, 23000")
    assert "H100" not in provenance.device()  # there, but not what Keras computes on
    monkeypatch.setattr("keras.distribution.list_devices", lambda: ["gpu:0"])
    assert provenance.device() == "NVIDIA H100, NVIDIA L4"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")  # what a kernel of the series is given
    assert provenance.device() == "NVIDIA L4"


def test_keras_is_asked_in_a_process_of_its_own(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    assert provenance.backend_and_devices() == ("jax", ["cpu:0"])
    monkeypatch.setenv("KERAS_BACKEND", "no_such_backend")
    with pytest.raises(
        provenance.BackendError, match=r"(?s)Received: .*no_such_backend.*KERAS_BACKEND=jax"
    ):
        provenance.backend_and_devices()
