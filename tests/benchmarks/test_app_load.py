"""Tests of the benchmark of the page's server."""

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from emotion_lib.benchmarks import app_load
from emotion_lib.benchmarks.app_client import Client
from emotion_lib.benchmarks.app_pictures import pictures
from emotion_lib.inference.predictor import Predictor


@pytest.fixture(scope="module")
def sent():
    return pictures(Predictor.load())


def test_a_few_clients_get_right_answers(monkeypatch):
    monkeypatch.setattr(app_load, "SCENARIOS", {"mixed": app_load.SCENARIOS["mixed"]})
    said = []
    table = app_load.load(said.append, clients=3, seconds=1, warm_up=0.2)
    (row,) = table.to_dict("records")
    assert (row["server"], row["scenario"], row["clients"]) == ("this page", "mixed", 3)
    assert row["right"] > 0
    assert (row["wrong"], row["refused"], row["failed"]) == (0, 0, 0)
    assert row["p50_ms"] <= row["p95_ms"] <= row["p99_ms"]
    assert row["end_mib"] > 50 and row["server_cpu"] > 0 and row["ready_s"] > 0
    assert len(said) == 1


def test_a_wrong_answer_is_seen(sent):
    probabilities = dict(sent["one face"].faces[0])
    answer = {"status": "ok", "error": None, "faces": [{"probabilities": probabilities}]}
    assert sent["one face"].is_right(answer)
    assert not sent["six faces"].is_right(answer)
    assert not sent["no face"].is_right(answer)
    probabilities["happy"] -= 0.01
    assert not sent["one face"].is_right(answer)
    error = {"status": "error", "error": "Expected at most 100 pixels.", "faces": []}
    assert sent["too large"].is_right(error)
    assert sent["broken"].is_right(error)


def test_the_page_of_before_is_understood(sent):
    assert sent["one face"].is_right_before("<h3>1 \\u00b7 happy</h3>")
    assert not sent["six faces"].is_right_before("<h3>1 \\u00b7 happy</h3>")
    assert sent["no face"].is_right_before("**No face found.** Try")
    assert sent["broken"].is_right_before("**This picture cannot be read.**")


@pytest.mark.parametrize("kind", ["closed", "chunked"])
def test_the_client_reads_both_kinds_of_bodies(kind):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.send_response(201)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if kind == "closed":
                self.send_header("Connection", "close")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            else:
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.wfile.write(b"2\r\n" + body[:2] + b"\r\n1\r\n" + body[2:] + b"\r\n0\r\n\r\n")

        def log_message(self, *arguments):
            pass

    async def ask(port):
        client = Client("127.0.0.1", port)
        answers = [await client.request("POST", "/", b"abc", "text/plain") for _ in range(2)]
        client.close()
        return answers

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert asyncio.run(ask(server.server_port)) == [(201, b"abc")] * 2
        server.shutdown()
