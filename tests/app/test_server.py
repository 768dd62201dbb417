"""Tests of emotion_lib.app.server."""

import socket

import pytest

from emotion_lib.app import server
from emotion_lib.artifacts import ArtifactError
from emotion_lib.inference.predictor import Predictor


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
