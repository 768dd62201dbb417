"""Tests of the command as a whole: help, arguments, errors and signals."""

import os
import subprocess
import sys
import time

import pytest
from conftest import emotion

import emotion_lib
from emotion_lib import cli
from emotion_lib.inference.predictor import Predictor


def test_mistakes_end_in_one_message(monkeypatch, capsys, tmp_path, model_file):
    assert emotion(monkeypatch, "train", tmp_path / "nowhere") == 2
    assert "no such folder" in capsys.readouterr().err
    assert emotion(monkeypatch, "evaluate", tmp_path / "none.keras", tmp_path) == 2
    (tmp_path / "old.h5").write_bytes(b"nothing")
    assert emotion(monkeypatch, "evaluate", tmp_path / "old.h5", tmp_path) == 2
    assert "Expected a Keras model" in capsys.readouterr().err


def test_help_loads_nothing_heavy():
    heavy = {"keras", "tensorflow", "numpy", "cv2", "pandas"}
    script = f"import sys, emotion_lib.cli; print(sorted({heavy} & set(sys.modules)))"
    start = time.perf_counter()
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]" and time.perf_counter() - start < 5


def test_the_help_has_two_groups(monkeypatch, capsys):
    assert emotion(monkeypatch, "--help") == 0
    out = capsys.readouterr().out
    use, lab = out.index(cli.USE), out.index(cli.LAB)
    for name in ("app", "predict", "video", "live", "train", "evaluate", "models", "setup"):
        assert use < out.index(f" {name} ", use) < lab
    for name in ("data", "run", "series", "promote", "report", "bench", "runs", "gpu-bundle"):
        assert out.index(f" {name} ", lab) > lab


def test_the_version(monkeypatch, capsys):
    assert emotion(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"emotion {emotion_lib.__version__}\n"


def test_ctrl_c_ends_a_command_with_its_status(monkeypatch, capsys):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("emotion_lib.datasets.load", interrupted)
    assert emotion(monkeypatch, "data", "synthetic") == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize(
    "arguments",
    [["predict", ""], ["predict", ".", "--csv="], ["evaluate", "m.keras", "d", "--out", ""]],
)
def test_an_empty_argument_is_not_the_current_folder(arguments, pictures, monkeypatch, capsys):
    monkeypatch.chdir(pictures)
    assert emotion(monkeypatch, *arguments) == 2
    out, err = capsys.readouterr()
    assert "empty argument" in err and not out


@pytest.mark.parametrize("command", ["predict", "models"])
def test_a_closed_pipe_ends_the_command_quietly(command, pictures, monkeypatch, capsys):
    """``emotion predict pictures | head -1``, for example."""
    reading, writing = os.pipe()
    os.close(reading)
    with monkeypatch.context() as patch, open(writing, "w") as broken:
        patch.setattr(sys, "stdout", broken)
        arguments = [pictures] if command == "predict" else []
        assert emotion(monkeypatch, command, *arguments) == 141
    assert capsys.readouterr().err == ""


def test_opencv_without_its_system_library(pictures, monkeypatch, capsys):
    def broken(*arguments, **options):
        raise ImportError("libGL.so.1: cannot open shared object file")

    monkeypatch.setattr(Predictor, "load", broken)
    assert emotion(monkeypatch, "predict", pictures) == 2
    assert "libgl1" in capsys.readouterr().err


def test_a_backend_that_is_not_installed(pictures, monkeypatch, capsys):
    def missing(*arguments, **options):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(Predictor, "load", missing)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert emotion(monkeypatch, "predict", pictures) == 2
    assert "Received: torch, which is not installed" in capsys.readouterr().err


@pytest.mark.parametrize(("module", "is_bug"), [("keras", False), ("emotion_lib.typo", True)])
def test_a_package_of_an_extra_that_is_not_installed(module, is_bug, monkeypatch, capsys):
    def missing(*arguments, **options):
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    monkeypatch.setattr("emotion_lib.datasets.load", missing)
    if is_bug:
        with pytest.raises(ModuleNotFoundError):  # its traceback is wanted
            emotion(monkeypatch, "data", "synthetic")
    else:
        assert emotion(monkeypatch, "data", "synthetic") == 2
        assert "pip install 'emotion-lib[lab]'" in capsys.readouterr().err
