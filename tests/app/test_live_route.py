"""Tests of /api/v1/live."""

import io

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from emotion_lib.app import api
from emotion_lib.app.errors import RequestError
from emotion_lib.app.media import cameras
from emotion_lib.app.service import Service
from emotion_lib.app.settings import Settings

ROUTE = "/api/v1/live"


@pytest.fixture
def client(predictor):
    service = Service({"small": predictor}, Settings(cameras=2))
    yield TestClient(api.create(service))
    service.close()


def jpeg(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG")
    return file.getvalue()


def start(client):
    return client.post(ROUTE).json()["id"]


def read(client, number, content, time_s):
    return client.post(f"{ROUTE}/{number}?time_s={time_s}", content=content)


def test_a_face_keeps_its_number(client, portrait_frames, predictor):
    number = start(client)
    for index, frame in enumerate(portrait_frames(5)):
        moment = read(client, number, jpeg(frame), 0.1 * index).json()
        (face,) = moment["faces"]
        assert face["number"] == 1
        assert set(face["probabilities"]) == set(predictor.class_names)
        assert moment["time_s"] == pytest.approx(0.1 * index)


def test_a_picture_without_a_face(client):
    assert read(client, start(client), jpeg(np.zeros((96, 128, 3), np.uint8)), 0).json() == {
        "time_s": 0.0,
        "faces": [],
    }


def test_a_late_picture_is_left_out(client, portrait_frames):
    number = start(client)
    (frame,) = portrait_frames(1)
    assert read(client, number, jpeg(frame), 2.0).status_code == 200
    for late in (1.9, 2.0):
        assert read(client, number, jpeg(frame), late).status_code == 409
    assert read(client, number, jpeg(frame), 2.1).status_code == 200


def test_pictures_do_not_wait_for_each_other(predictor, portrait_frames):
    """They would take all threads of the server."""
    (frame,) = portrait_frames(1)
    camera = cameras.Camera(predictor)
    with camera._lock, pytest.raises(RequestError) as caught:
        camera.read(frame, 1.0)
    assert caught.value.status == 409
    assert camera.read(frame, 1.0).time_s == 1.0


def test_one_visitor_too_many_is_told_when_to_come_again(client, monkeypatch):
    first, _ = start(client), start(client)
    refused = client.post(ROUTE)
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert "2 are in use. Try again in a minute." in refused.json()["detail"]
    assert client.delete(f"{ROUTE}/{first}").status_code == 204
    assert client.post(ROUTE).status_code == 200


def test_a_camera_that_sends_nothing_makes_room(predictor):
    some = cameras.Cameras(1, idle=0.0)
    first = some.open(predictor)
    some.open(predictor)
    with pytest.raises(cameras.RequestError, match="Start it again"):
        some.get(first.id)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"no picture", 422),
        (b"\xff\xd8 broken", 422),
        (b"\xff\xd8" + bytes(2_000_001), 413),
        (jpeg(np.zeros((2001, 2001, 3), np.uint8)), 413),
    ],
)
def test_what_is_no_small_jpeg_is_refused(client, content, status):
    refused = read(client, start(client), content, 0)
    assert refused.status_code == status
    assert refused.json()["detail"].startswith("Expected ")


def test_an_unknown_camera(client):
    assert read(client, "none", b"", 0).status_code == 404
    assert client.delete(f"{ROUTE}/none").status_code == 204
