"""Tests of what surrounds the routes: limits, password, health, figures, documentation."""

import asyncio
import base64
import re
import threading

import pytest
from fastapi.testclient import TestClient

from emotion_lib.app import api
from emotion_lib.app.service import Service
from emotion_lib.app.settings import Settings


@pytest.fixture
def service(predictor):
    return Service({"small": predictor})


def serving(service, auth=None):
    return TestClient(api.create(service, auth), raise_server_exceptions=False)


def assert_is_fault(response, status):
    assert response.status_code == status
    assert list(response.json()) == ["detail"]
    assert re.match("Expected .* Received: ", response.json()["detail"])


def test_a_password_covers_everything_but_healthz(service):
    with serving(service, ("lena", "söze:1")) as client:
        for path in ("/", "/docs", "/readyz", "/metrics", "/stage/main.js", "/api/v1/models"):
            response = client.get(path)
            assert_is_fault(response, 401)
            assert response.headers["www-authenticate"].startswith("Basic ")
        assert client.get("/healthz").status_code == 200
        right = base64.b64encode("lena:söze:1".encode()).decode()
        for header, status in [
            (f"Basic {right}", 200),
            (f"basic {right}", 200),
            (f"Basic {right}x", 401),
            ("Basic", 401),
            (f"Bearer {right}", 401),
        ]:
            found = client.get("/api/v1/models", headers={"Authorization": header})
            assert found.status_code == status, header


def test_passwords_cannot_be_tried_without_end(predictor):
    service = Service({"small": predictor}, Settings(requests_per_minute=2))
    with serving(service, ("a", "b")) as client:
        assert [client.get("/").status_code for _ in range(4)] == [401, 401, 429, 429]


def test_a_client_has_a_number_of_requests_per_minute(predictor):
    service = Service({"small": predictor}, Settings(requests_per_minute=2))
    with serving(service) as client:
        for _ in range(5):  # files of the page do not count
            assert client.get("/stage/main.js").status_code == 200
        assert client.get("/api/v1/models").status_code == 200
        assert client.get("/api/v1/models").status_code == 200
        refused = client.get("/api/v1/models")
        assert_is_fault(refused, 429)
        assert 0 < int(refused.headers["retry-after"]) <= 30


def test_the_server_is_ready_when_its_model_is_loaded_and_the_queue_has_room(service, monkeypatch):
    with serving(service) as client:
        assert client.get("/healthz").json() == {"status": "alive"}
        assert_is_fault(client.get("/readyz"), 503)
        service.warm_up()
        assert client.get("/readyz").json() == {"status": "ready"}
        monkeypatch.setattr(type(service.worker), "is_full", True)
        assert_is_fault(client.get("/readyz"), 503)


def test_the_figures_hold_no_names(service, photograph):
    with serving(service) as client:
        picture = ("private-name.jpg", photograph.read_bytes())
        client.post("/api/v1/analyse", files={"images": picture})
        client.get("/api/v1/nothing")
        client.get("/api/v1/video/12345")
        text = client.get("/metrics").text
    assert 'emotion_requests_total{route="/api/v1/analyse",status="200"} 1.0' in text
    assert 'emotion_requests_total{route="page",status="404"} 1.0' in text
    assert "emotion_faces_total 1.0" in text
    assert "emotion_queue_length 0.0" in text
    assert 'emotion_pictures_total{status="ok"} 1.0' in text
    assert 'route="/api/v1/video/{number}",status="404"' in text
    assert "private-name" not in text
    assert "testclient" not in text


def test_the_documentation_needs_no_other_host(service):
    with serving(service) as client:
        text = client.get("/docs").text
        assert client.get("/openapi.json").status_code == 200
    assert "/api/v1/analyse" in text
    assert "http" not in text.replace("http-equiv", "")


def test_answers_have_safe_headers(service):
    with serving(service) as client:
        headers = client.get("/api/v1/models").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_an_unexpected_error_holds_no_path(service, monkeypatch):
    def fail(*arguments):
        raise OSError("/home/somebody/model.keras is broken")

    monkeypatch.setattr(service.catalogue, "describe", fail)
    with serving(service) as client:
        response = client.get("/api/v1/models")
    assert_is_fault(response, 500)
    assert "somebody" not in response.text


def test_a_detector_that_fails_is_an_error_of_the_server(service, photograph, monkeypatch):
    def fail(*arguments):
        raise RuntimeError("/home/somebody")

    monkeypatch.setattr(service.predictor(), "find", fail)
    with serving(service) as client:
        files = {"images": ("a.jpg", photograph.read_bytes())}
        response = client.post("/api/v1/analyse", files=files)
    assert_is_fault(response, 500)
    assert "somebody" not in response.text


@pytest.fixture
def released(predictor, monkeypatch):
    """Keep the search for faces from ending until this event is set."""
    event = threading.Event()
    find = predictor.find

    def wait(picture):
        event.wait(20)
        return find(picture)

    monkeypatch.setattr(predictor, "find", wait)
    yield event
    event.set()


def test_a_full_queue_is_answered_at_once(predictor, photograph, released):
    service = Service({"small": predictor}, Settings(queue=1, seconds_per_request=5))
    files = {"images": ("a.jpg", photograph.read_bytes())}
    with serving(service) as client:
        answers = []
        first = threading.Thread(
            target=lambda: answers.append(client.post("/api/v1/analyse", files=files))
        )
        first.start()
        while not service.worker.is_full:
            pass
        refused = client.post("/api/v1/analyse", files=files)
        assert_is_fault(refused, 503)
        assert int(refused.headers["retry-after"]) > 0
        released.set()
        first.join()
        assert answers[0].json()["results"][0]["status"] == "ok"


def test_a_request_that_takes_too_long_gives_its_place_free(predictor, photograph, released):
    service = Service({"small": predictor}, Settings(seconds_per_request=0.2))
    with serving(service) as client:
        files = {"images": ("a.jpg", photograph.read_bytes())}
        refused = client.post("/api/v1/analyse", files=files)
        assert_is_fault(refused, 503)
        assert "within 0.2 seconds" in refused.json()["detail"]
        assert "emotion_queue_length 0.0" in client.get("/metrics").text


def test_a_client_that_has_gone_gives_its_place_free(predictor, photograph, monkeypatch):
    """Its picture is not even opened, as it still waits."""
    service = Service({"small": predictor})
    monkeypatch.setattr(service.worker, "_quick", Idle())
    body, kind = multipart("images", photograph.read_bytes())
    messages = [
        {"type": "http.request", "body": body, "more_body": False},
        {"type": "http.disconnect"},
    ]
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/analyse",
        "query_string": b"",
        "headers": [(b"content-type", kind.encode())],
    }
    asyncio.run(api.create(service)(scope, receive, send))
    assert sent[0]["status"] == 499
    (task,) = service.worker._quick.tasks
    assert task.answer.cancelled()
    service.close()


class Idle:
    """An executor that never begins."""

    def __init__(self):
        self.tasks = []

    def submit(self, function, task):
        self.tasks.append(task)

    def shutdown(self, **options):
        pass


def multipart(field, content):
    body = (
        f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="a.jpg"\r\n\r\n'.encode()
        + content
        + b"\r\n--b--\r\n"
    )
    return body, "multipart/form-data; boundary=b"
