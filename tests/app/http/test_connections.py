"""Tests of emotion_lib.app.http.connections and body_limit: clients that keep a server waiting."""

import socket
import threading
import time
from contextlib import closing

import pytest
import uvicorn

from emotion_lib.app.address import listen
from emotion_lib.app.http import connections
from emotion_lib.app.http.body_limit import BodyLimit

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n"


async def count(scope, receive, send):
    """Answer with the bytes of the body."""
    size = 0
    more = True
    while more:
        message = await receive()
        size += len(message["body"])
        more = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


@pytest.fixture(scope="module")
def port():
    before = connections.HEAD_S
    connections.HEAD_S = 0.3
    config = uvicorn.Config(
        BodyLimit(count, most=1000, seconds=0.3), http=connections.Connection, lifespan="off"
    )
    server = uvicorn.Server(config)
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()
    connections.HEAD_S = before


@pytest.fixture
def connection(port):
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        yield connection


def drip(connection, content):
    """Send bytes one by one, until the server closes the connection; return what it sent."""
    for letter in content:
        try:
            connection.sendall(bytes([letter]))
        except OSError:
            break
        time.sleep(0.05)
    try:
        return connection.makefile("rb").read()
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize("content", [b"", HEAD[:-2]], ids=["nothing", "a slow head"])
def test_a_connection_without_a_request_is_closed(connection, content):
    assert drip(connection, content) == b""


def test_the_next_head_on_a_connection_may_not_be_slow_either(connection):
    connection.sendall(HEAD + 20 * b"x")
    assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1" not in drip(connection, HEAD[:-2])


def test_a_body_that_drips_is_refused(connection):
    connection.sendall(HEAD)
    answer = drip(connection, 15 * b"x")
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in answer
    assert b"Expected a request within 0.3 seconds" in answer


def test_a_body_that_is_quick_enough_is_read(connection):
    connection.sendall(HEAD.replace(b"Host", b"Connection: close\r\nHost") + 10 * b"x")
    time.sleep(0.1)
    connection.sendall(10 * b"x")
    assert b"\r\n20\r\n" in connection.makefile("rb").read()
