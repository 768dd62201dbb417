"""Tests of ``emotion app``; tests/app has those of the page."""

from unittest.mock import Mock

from conftest import emotion

from emotion_lib.app import server


def test_the_options_reach_the_server(monkeypatch, tmp_path):
    serve = Mock()
    monkeypatch.setattr(server, "serve", serve)
    model = tmp_path / "x.keras"
    options = ["--model", model, "--class-names", "happy, sad", "--port", 7999]
    assert emotion(monkeypatch, "app", *options) == 0
    serve.assert_called_once_with(
        model, class_names=("happy", "sad"), detector=None, host="127.0.0.1", port=7999
    )


def test_a_missing_model_is_one_message(monkeypatch, capsys, tmp_path):
    assert emotion(monkeypatch, "app", "--model", tmp_path / "none.keras", "--port", 0) == 2
    assert "none.keras" in capsys.readouterr().err


def test_a_port_that_does_not_exist_is_one_message(monkeypatch, capsys):
    assert emotion(monkeypatch, "app", "--port", 99999) == 2
    err = capsys.readouterr().err
    assert err.startswith("Expected to serve on 127.0.0.1, port 99999. Received: ")
    assert err.count("\n") == 1
