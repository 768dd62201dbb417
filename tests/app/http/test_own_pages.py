"""Tests of emotion_lib.app.http.own_pages."""

import pytest
from fastapi.testclient import TestClient

from emotion_lib.app.http.own_pages import OnlyOwnPages


async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),  # a program
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),  # another port of this machine
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "https://lab.example", "X-Forwarded-Host": "lab.example"}, 200),
        ({"Origin": "http://other.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[::1"}, 403),
    ],
)
def test_only_own_pages_and_programs_may_send(headers, status):
    client = TestClient(OnlyOwnPages(app))
    for method in ("POST", "DELETE"):
        response = client.request(method, "/", headers=headers)
        assert response.status_code == status
        assert status == 200 or response.json()["detail"].startswith("Expected ")
    assert client.get("/", headers=headers).status_code == 200
