"""Tests of the route that explains a face."""

import base64
import io

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from emotion_lib.app import api
from emotion_lib.app.service import Service


@pytest.fixture
def client(predictor):
    with TestClient(api.create(Service({"best": predictor}))) as client:
        yield client


def test_a_face_is_explained(client, photograph):
    picture = ("face.jpg", photograph.read_bytes())
    (found,) = client.post("/api/v1/analyse", files={"images": picture}).json()["results"]
    answer = client.post("/api/v1/explain", files={"image": picture}, data={"face": 1}).json()
    face = found["faces"][0]
    assert answer["label"] == face["top"]
    box = face["box"]
    assert answer["square"]["center_x"] == pytest.approx(box["x"] + box["width"] / 2, abs=0.2)
    assert np.shape(answer["heat"]) == (12, 12)
    kind, data = answer["input"].split(",")
    assert kind == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (48, 48)


@pytest.mark.parametrize(
    ("content", "face", "message"),
    [(b"no picture", 1, "no decoder recognises"), (None, 7, "Expected a face from 1 to 1")],
)
def test_what_cannot_be_explained_is_refused(client, photograph, content, face, message):
    picture = ("face.jpg", content or photograph.read_bytes())
    answer = client.post("/api/v1/explain", files={"image": picture}, data={"face": face})
    assert answer.status_code == 422
    assert message in answer.json()["detail"]
