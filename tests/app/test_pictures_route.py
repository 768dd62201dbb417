"""Tests of /api/v1/analyse."""

import base64
import io
import json
import zipfile

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from emotion_lib.app import api
from emotion_lib.app.http import zip_files
from emotion_lib.app.service import Service
from emotion_lib.app.settings import Settings


@pytest.fixture
def client(predictor):
    with serving(predictor) as client:
        yield client


def serving(predictor, **limits):
    """Return a client of a server with these limits."""
    service = Service({"small": predictor}, Settings(**limits))
    return TestClient(api.create(service), raise_server_exceptions=False)


def post(client, *pictures, **fields):
    files = [("images", (name, content)) for name, content in pictures]
    return client.post("/api/v1/analyse", files=files, data=fields)


def zipped(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def plain(width=64, height=64):
    file = io.BytesIO()
    Image.new("RGB", (width, height), "gray").save(file, "PNG")
    return file.getvalue()


def errors(response):
    return {answer["name"]: answer["error"] for answer in response.json()["results"]}


def assert_is_fault(response, status):
    assert response.status_code == status
    assert list(response.json()) == ["detail"]
    assert response.json()["detail"].startswith("Expected ")
    assert "Received: " in response.json()["detail"]


def test_each_picture_has_its_own_answer(client, photograph):
    response = post(
        client,
        ("portrait.jpg", photograph.read_bytes()),
        ("notes.jpg", b"not a picture"),
        ("empty.jpg", b""),
        ("gray.png", plain(200, 200)),
    )
    answer = response.json()
    assert [one["status"] for one in answer["results"]] == ["ok", "error", "error", "no_face"]
    face = answer["results"][0]["faces"][0]
    assert sum(face["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    assert answer["model"] == "small"
    assert "notes.jpg" in answer["results"][1]["error"]


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "BMP"])
def test_a_picture_that_breaks_off_costs_only_itself(client, kind):
    file = io.BytesIO()
    Image.effect_noise((64, 64), 90).convert("RGB").save(file, kind)
    half = file.getvalue()[: file.tell() // 2]
    broken, gray = post(client, ("half", half), ("gray.png", plain())).json()["results"]
    assert broken["status"] == "error"
    assert gray["status"] == "ok"


def test_json_gives_the_same_answer_as_a_form(client, photograph):
    content = photograph.read_bytes()
    encoded = base64.b64encode(content).decode()
    body = {"images": [{"name": "portrait.jpg", "content": encoded}], "threshold": 0.5}
    response = client.post("/api/v1/analyse", json=body)
    assert response.json() == post(client, ("portrait.jpg", content), threshold="0.5").json()
    assert response.json()["threshold"] == 0.5


def test_content_that_is_not_base64_costs_only_its_picture(client):
    images = [
        {"name": "bad", "content": "%%"},
        {"name": "gray.png", "content": base64.b64encode(plain()).decode()},
    ]
    response = client.post("/api/v1/analyse", json={"images": images})
    assert [one["status"] for one in response.json()["results"]] == ["error", "ok"]


def test_a_folder_in_a_name_is_left_out(client):
    response = post(client, ("C:\\me\\a.jpg", b"x"), ("/etc/../b.jpg", b"x"))
    found = errors(response)
    assert list(found) == ["a.jpg", "b.jpg"]
    assert "etc" not in str(found)


def test_zip_files_are_unpacked(client, photograph):
    members = {
        "people/portrait.jpg": photograph.read_bytes(),
        "../../gray.png": plain(200, 200),
        "notes.txt": b"hello",
        "__MACOSX/._portrait.jpg": b"x",
        ".DS_Store": b"x",
    }
    response = post(client, ("all.zip", zipped(members)), ("last.png", plain(200, 200)))
    results = response.json()["results"]
    assert [(one["name"], one["status"]) for one in results] == [
        ("portrait.jpg", "ok"),
        ("gray.png", "no_face"),
        ("notes.txt", "error"),
        ("last.png", "no_face"),
    ]


def encrypted():
    """Return a zip file whose member is marked as encrypted."""
    content = bytearray(zipped({"secret.png": plain()}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped({"inner.zip": zipped({"a.png": plain()})}), "a zip file in it, inner.zip"),
        (zipped({f"{n}.txt": b"x" for n in range(6)}), "at most 5 members in odd.zip"),
        (zipped({"a/": b""}), "a zip file without any"),
        (zipped({"a.png": plain()})[:-30], "a damaged one"),
        (encrypted(), "an encrypted file"),
        (zipped({"bomb.png": bytes(3_000_000)}), "at most 2,000,000 bytes in odd.zip"),
    ],
    ids=["nested", "members", "empty", "damaged", "encrypted", "bomb"],
)
def test_odd_zip_files_cost_only_themselves(predictor, content, message):
    with serving(predictor, zip_members=5, zip_bytes=2_000_000) as client:
        response = post(client, ("odd.zip", content), ("gray.png", plain()))
    odd, gray = response.json()["results"]
    assert odd["status"] == "error"
    assert message in odd["error"]
    assert gray["status"] == "ok"


def test_members_are_counted_before_they_are_listed(client, monkeypatch):
    """A list of a million members takes gigabytes."""
    content = zipped({"a.png": plain()}) + 1001 * zip_files.ENTRY
    monkeypatch.setattr(zip_files.zipfile, "ZipFile", None)
    assert "at most 1000 members" in errors(post(client, ("many.zip", content)))["many.zip"]


def test_the_unpacked_bytes_are_counted_whatever_the_header_says(predictor):
    """A header that promises 100 bytes for 3 million."""
    content = bytearray(zipped({"bomb.png": bytes(3_000_000)}))
    honest = (3_000_000).to_bytes(4, "little")
    lie = (100).to_bytes(4, "little")
    content = bytes(content).replace(honest, lie)
    with serving(predictor, zip_bytes=2_000_000) as client:
        (answer,) = post(client, ("bomb.zip", content)).json()["results"]
    assert answer["status"] == "error"


def test_a_picture_of_too_many_pixels_is_not_decoded(predictor):
    with serving(predictor, pixels=10_000) as client:
        response = post(client, ("large.png", plain(200, 100)), ("small.png", plain()))
    large, small = response.json()["results"]
    assert "at most 10,000 pixels in large.png. Received: 200x100 px" in large["error"]
    assert small["status"] == "ok"


def test_too_many_pictures_are_refused(predictor):
    with serving(predictor, images_per_request=2) as client:
        assert_is_fault(post(client, ("a.zip", zipped({f"{n}.png": plain() for n in "abc"}))), 413)


def test_a_body_that_is_too_large_is_refused(predictor):
    with serving(predictor, upload_bytes=1000) as client:
        assert_is_fault(post(client, ("a.png", bytes(2000))), 413)
        # Without a length in the header.
        chunks = iter([b"x" * 800] * 3)
        headers = {"content-type": "multipart/form-data; boundary=b"}
        assert_is_fault(client.post("/api/v1/analyse", content=chunks, headers=headers), 413)


def test_many_large_bodies_are_not_held_at_once(predictor):
    with serving(predictor, memory_bytes=1000) as client:
        response = post(client, ("a.png", bytes(2000)))
        assert_is_fault(response, 503)
        assert int(response.headers["retry-after"]) > 0
        assert post(client, ("a.png", plain())).status_code == 200


@pytest.mark.parametrize(
    ("fields", "listed"),
    [({"model": "none"}, "'small'"), ({"detector": "none"}, "'yunet'"), ({"threshold": "2"}, "")],
)
def test_unknown_choices_list_those_there_are(client, fields, listed):
    response = post(client, ("gray.png", plain()), **fields)
    assert_is_fault(response, 422)
    assert listed in response.json()["detail"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"x", "text/plain", 415),
        (b"x", "multipart/form-data", 422),
        (b"x", "multipart/form-data; boundary=b", 422),
        (b"{", "application/json", 422),
        (json.dumps({"images": []}).encode(), "application/json", 422),
    ],
)
def test_malformed_requests_are_refused(client, content, kind, status):
    response = client.post("/api/v1/analyse", content=content, headers={"content-type": kind})
    assert_is_fault(response, status)


def test_no_file_is_written_to_disk(predictor, monkeypatch):
    """Starlette writes files of more than 1 MB to disk by itself."""
    monkeypatch.setattr("tempfile.TemporaryFile", None)
    with serving(predictor) as client:
        response = post(client, ("large.bin", bytes(3_000_000)), ("gray.png", plain()))
    assert [one["status"] for one in response.json()["results"]] == ["error", "ok"]


def test_the_models_are_listed_with_what_the_page_needs(client):
    answer = client.get("/api/v1/models").json()
    (model,) = answer["models"]
    assert model["name"] == "small"
    assert len(model["class_names"]) == 7
    assert answer["detectors"][0] == model["detector"]
    assert set(answer["colors"]) >= set(model["class_names"])
    assert answer["limits"]["upload_bytes"] == Settings().upload_bytes


def test_unknown_routes_are_faults_too(client):
    assert_is_fault(client.get("/api/v1/none"), 404)
    assert_is_fault(client.get("/api/v1/analyse"), 405)
