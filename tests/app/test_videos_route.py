"""Tests of /api/v1/video."""

import csv
import io
import time

import numpy as np
import pytest
from fastapi.testclient import TestClient

from emotion_lib.app import api
from emotion_lib.app.media import jobs, recording
from emotion_lib.app.service import Service
from emotion_lib.app.settings import Settings
from emotion_lib.video.encoders import can_encode_h264
from emotion_lib.video.moments import read_moments
from emotion_lib.video.reader import Video

ROUTE = "/api/v1/video"


@pytest.fixture
def serve(predictor):
    """Return a function that returns a client of an API with these limits."""
    services = []

    def make(**limits):
        service = Service({"small": predictor}, Settings(**limits))
        services.append(service)
        client = TestClient(api.create(service))
        client.service = service
        return client

    yield make
    for service in services:
        service.close()


@pytest.fixture
def clip(portrait_frames, write_video):
    """Return the bytes of a video of one second."""
    return write_video(portrait_frames(25)).read_bytes()


@pytest.fixture
def long_clip(portrait_frames, write_video, monkeypatch):
    """Return the bytes of a video, each frame of which takes a while to read."""

    def slowly(*arguments, **options):
        for moment in read_moments(*arguments, **options):
            yield moment
            time.sleep(0.05)

    monkeypatch.setattr(recording, "read_moments", slowly)
    return write_video(list(portrait_frames(20)) * 30, name="long.mp4").read_bytes()


def answer(client, number, states=("done", "failed", "cancelled")):
    """Wait until a video is in one of these states, and return the answer."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = client.get(f"{ROUTE}/{number}?wait=1").json()
        if found["state"] in states:
            return found
    raise AssertionError(found)


def send(client, content, **options):
    response = client.post(f"{ROUTE}?name=clip.mp4", content=content, **options)
    assert response.status_code == 202, response.text
    return response.json()["id"]


def test_a_video_and_its_files(serve, clip, tmp_path):
    client = serve()
    number = send(client, clip)
    done = answer(client, number)
    assert (done["state"], done["name"]) == ("done", "clip.mp4")
    assert done["message"] == "1 face in 1.0 seconds of video."
    assert (done["width"], done["height"]) == (320, 240)
    assert done["read_seconds"] == pytest.approx(0.96)
    assert done["total_seconds"] == pytest.approx(1.0)
    (face,) = done["faces"]
    assert sum(face["seconds"].values()) == pytest.approx(0.96, abs=0.1)

    table = client.get(f"{ROUTE}/{number}/timeline.csv")
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert len(rows) == 25
    as_json = client.get(f"{ROUTE}/{number}/timeline.json").json()
    assert (as_json["width"], as_json["height"]) == (320, 240)
    for row, same in zip(rows, as_json["rows"], strict=True):
        texts = {name: "" if value is None else value for name, value in same.items()}
        assert texts.keys() == row.keys()
        assert float(row["time_s"]) == texts["time_s"]
        assert row["label"] == texts["label"]

    (copy,) = (name for name in done["files"] if name.startswith("annotated"))
    path = tmp_path / copy
    path.write_bytes(client.get(f"{ROUTE}/{number}/{copy}").content)
    assert len(list(Video(path))) == 25
    part = client.get(f"{ROUTE}/{number}/{copy}", headers={"Range": "bytes=0-99"})
    assert (part.status_code, len(part.content)) == (206, 100)  # which players need for seeking


def test_a_form_does_too(serve, clip):
    client = serve()
    files = {"video": ("a/b\\../clip.mp4", clip, "video/mp4")}
    response = client.post(ROUTE, files=files)
    assert response.status_code == 202
    assert answer(client, response.json()["id"])["state"] == "done"


def test_a_deleted_video_is_gone_at_once(serve, clip):
    client = serve()
    number = send(client, clip)
    answer(client, number)
    folder = client.service.uploads.folder
    assert list(folder.glob("video-*"))
    assert client.delete(f"{ROUTE}/{number}").status_code == 204
    assert not list(folder.glob("video-*"))
    for path in ("", "/timeline.csv", "/timeline.json", "/annotated.mp4"):
        assert client.get(f"{ROUTE}/{number}{path}").status_code == 404
    assert client.delete(f"{ROUTE}/{number}").status_code == 404


def test_a_video_that_nobody_asks_for_makes_room_for_the_next(serve, clip, long_clip, monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE", 0.5)
    client = serve()
    abandoned = send(client, long_clip)
    number = send(client, clip)
    assert client.get(f"{ROUTE}/{number}").json()["place"] == 1
    assert answer(client, number)["state"] == "done"
    found = client.get(f"{ROUTE}/{abandoned}").json()
    assert (found["state"], found["message"]) == ("cancelled", jobs.CLOSED)
    assert found["read_seconds"] < 0.9 * found["total_seconds"]
    assert len(list(client.service.uploads.folder.glob("video-*"))) == 1


def test_a_cancelled_video_frees_its_place(serve, long_clip):
    client = serve()
    first = send(client, long_clip)
    found = answer(client, first, ("running",))
    while not found["preview"]:
        found = client.get(f"{ROUTE}/{first}?wait=1").json()
    assert found["preview"].startswith("data:image/jpeg;base64,")
    assert found["total_seconds"] == pytest.approx(24.0)
    second = send(client, long_clip)
    client.delete(f"{ROUTE}/{first}")
    assert answer(client, second, ("running",))["place"] is None
    assert client.service.jobs.counts() == (1, 0)
    client.delete(f"{ROUTE}/{second}")


def test_a_full_queue_says_when_to_come_again(serve, long_clip):
    client = serve(videos_waiting=1)
    numbers = [send(client, long_clip)]
    answer(client, numbers[0], ("running",))
    numbers.append(send(client, long_clip))
    response = client.post(ROUTE, content=long_clip)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert len(list(client.service.uploads.folder.glob("video-*"))) == 2


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"video_seconds": 0.5}, "Only the first 0 seconds are read here"),
        ({"video_wall_seconds": 0.0}, "It took longer than 0 seconds"),
    ],
)
def test_what_was_read_within_a_limit_is_the_answer(serve, clip, limits, sentence):
    client = serve(**limits)
    found = answer(client, send(client, clip))
    assert found["state"] == "done"
    assert sentence in found["message"]
    assert found["read_seconds"] <= 0.52


def test_a_body_that_is_too_large_leaves_nothing(serve, clip):
    client = serve(upload_bytes=1000)
    assert client.post(ROUTE, content=clip).status_code == 413
    pieces = (clip[start : start + 500] for start in range(0, 50_000, 500))  # no length is claimed
    assert client.post(ROUTE, content=pieces).status_code == 413
    assert client.post(ROUTE, files={"video": ("a.mp4", clip)}).status_code == 413
    assert list(client.service.uploads.folder.glob("video-*")) == []


@pytest.mark.parametrize("content", [b"", b"no video", b"#EXTM3U\n/etc/passwd\n"])
def test_what_is_no_video_gets_a_sentence_without_a_path(serve, content):
    client = serve()
    response = client.post(f"{ROUTE}?name=holiday.mp4", content=content)
    text = response.text
    if response.status_code == 202:
        found = answer(client, response.json()["id"])
        assert (found["state"], found["files"]) == ("failed", [])
        text = found["message"]
        assert "holiday.mp4" in text
    assert "Expected a video" in text
    assert str(client.service.uploads.folder) not in text


@pytest.mark.parametrize("form", [{"video": (None, "text")}, {"other": b"1"}])
def test_a_form_without_a_video(serve, form):
    response = serve().post(ROUTE, files=form)
    assert response.status_code == 422
    assert "Expected a " in response.json()["detail"]


def test_an_unknown_model(serve, clip):
    response = serve().post(f"{ROUTE}?model=none", content=clip)
    assert response.status_code == 422


def test_a_video_without_a_face(serve, write_video):
    client = serve()
    path = write_video(np.zeros((10, 96, 128, 3), np.uint8))
    found = answer(client, send(client, path.read_bytes()))
    assert found["message"] == "No face was found in 0.4 seconds of video."
    assert found["faces"] == []


def test_a_hard_cut_is_another_person(serve, portrait_frames, write_video):
    client = serve()
    frames = list(portrait_frames(10))
    # Another scene, with a face in nearly the same place.
    others = [np.rot90(np.rot90(frame))[::-1] // 2 for frame in frames]
    path = write_video([*frames, *others])
    found = answer(client, send(client, path.read_bytes()))
    assert sorted(face["number"] for face in found["faces"]) == [1, 2]


@pytest.mark.skipif(not can_encode_h264((96, 64), 25), reason="ffmpeg is not installed")
def test_the_copy_of_a_large_video_is_small(serve, write_video, tmp_path):
    client = serve()
    path = write_video(np.full((3, 1080, 1920, 3), 90, np.uint8))
    number = send(client, path.read_bytes())
    answer(client, number)
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(client.get(f"{ROUTE}/{number}/annotated.mp4").content)
    assert next(iter(Video(copy))).image.shape == (720, 1280, 3)


def test_files_are_deleted_when_their_time_has_come(serve, clip):
    client = serve()
    number = send(client, clip)
    answer(client, number)
    client.service.jobs._jobs[number].born -= client.service.settings.keep_seconds
    end = time.monotonic() + 20
    while client.get(f"{ROUTE}/{number}").status_code == 200 and time.monotonic() < end:
        time.sleep(0.1)
    assert client.get(f"{ROUTE}/{number}").status_code == 404
    assert list(client.service.uploads.folder.glob("video-*")) == []
