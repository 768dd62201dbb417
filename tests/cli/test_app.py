"""Tests of ``emotion app``; tests/app has those of the page."""

import inspect
from dataclasses import fields
from pathlib import Path
from unittest.mock import Mock

import pytest
from conftest import emotion

from emotion_lib.app import server
from emotion_lib.app.settings import Settings
from emotion_lib.cli import app


@pytest.fixture
def served(monkeypatch):
    """Return a function that runs the command and returns the arguments of serve()."""
    serve = Mock()
    monkeypatch.setattr(server, "serve", serve)

    def run(*options):
        assert emotion(monkeypatch, "app", *options) == 0
        return serve.call_args

    return run


def test_the_options_reach_the_server(served, tmp_path):
    model = tmp_path / "x.keras"
    arguments = served(
        *["--model", model, "--class-names", "happy, sad", "--port", 7999, "--also", "int8=a=b"],
        *["--root-path", "/faces", "--ssl-certfile", "c", "--ssl-keyfile", "k", "--share", "--mcp"],
    )
    assert arguments.args == (str(model),)  # a path or a name
    assert arguments.kwargs == {
        "class_names": ("happy", "sad"),
        "detector": None,
        "also": {"int8": "a=b"},
        "host": "127.0.0.1",
        "port": 7999,
        "settings": Settings(),
        "auth": None,
        "root_path": "/faces",
        "certificate": Path("c"),
        "key": Path("k"),
        "share": True,
        "mcp": True,
    }


def test_every_limit_is_an_option_with_units(served):
    options = inspect.signature(app.app).parameters
    assert [field.name for field in fields(Settings) if field.name not in options] == []
    settings = served("--upload-bytes", "1.5MB", "--keep-seconds", "10min", "--queue", 3)
    assert settings.kwargs["settings"] == Settings(
        upload_bytes=1_500_000, keep_seconds=600.0, queue=3
    )


def test_the_password_may_stand_in_the_environment(served, monkeypatch):
    monkeypatch.setenv("EMOTION_AUTH", "me:a:b")
    assert served().kwargs["auth"] == ("me", "a:b")


@pytest.mark.parametrize(
    "options",
    [
        ["--auth", "nobody"],
        ["--also", "x.keras"],
        ["--upload-bytes", "many"],
        ["--keep-seconds", "0"],
    ],
)
def test_values_that_are_none_are_refused(monkeypatch, capsys, options):
    assert emotion(monkeypatch, "app", *options) == 2
    assert "Expected " in capsys.readouterr().err


def test_a_missing_model_is_one_message(monkeypatch, capsys, tmp_path):
    assert emotion(monkeypatch, "app", "--model", tmp_path / "none.keras", "--port", 0) == 2
    assert "none.keras" in capsys.readouterr().err


def test_a_port_that_does_not_exist_is_one_message(monkeypatch, capsys):
    assert emotion(monkeypatch, "app", "--port", 99999) == 2
    err = capsys.readouterr().err
    assert err.startswith("Expected to serve on 127.0.0.1, port 99999. Received: ")
    assert err.count("\n") == 1
