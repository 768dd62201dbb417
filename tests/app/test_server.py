"""Tests of emotion_lib.app.server."""

import socket

import pytest

from emotion_lib.app import server
from emotion_lib.app.settings import Settings
from emotion_lib.artifacts import ArtifactError, read_record
from emotion_lib.inference.predictor import Predictor
from emotion_lib.paths import best_dir


def test_a_missing_model_is_a_clear_error(tmp_path):
    with pytest.raises(ArtifactError, match="no such file"):
        server.serve(tmp_path / "none.keras", port=0)


def test_a_taken_port_is_a_clear_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(server.ServerError, match="make app PORT="):
            server.serve(port=port)


@pytest.mark.parametrize(
    ("host", "port"), [("no..host", 7999), ("127.0.0.1", 99999), ("203.0.113.1", 7999)]
)
def test_an_address_that_cannot_be_served_is_a_clear_error(host, port):
    with pytest.raises(server.ServerError) as caught:
        server.serve(host=host, port=port)
    assert f"Expected to serve on {host}, port {port}. Received: " in str(caught.value)


def test_other_failures_are_not_blamed_on_the_port(monkeypatch):
    def unreadable(*arguments, **options):
        raise PermissionError(13, "Permission denied", "model.keras")

    monkeypatch.setattr(Predictor, "load", unreadable)
    with pytest.raises(server.ServerError, match=r"PermissionError.*model\.keras") as caught:
        server.serve(port=0)
    assert "port" not in str(caught.value)


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (None, ["best", "best int8", "other"]),
        ("int8", ["best int8", "best", "other"]),
        (best_dir() / "model.tflite", [read_record(best_dir() / "run.json").name, "other"]),
    ],
)
def test_the_first_model_is_the_one_that_was_named(model, names):
    service = server._service(model, None, None, {"other": "best"}, Settings())
    try:
        assert list(service.catalogue.models) == names
        assert service.catalogue.names()[0] == names[0]
        with pytest.raises(server.ServerError, match="twice"):
            server._service(model, None, None, {names[0]: "best"}, Settings())
    finally:
        service.close()
