"""Tests of emotion_lib.app.page and its endpoints, behind a proxy and over HTTPS."""

import asyncio
import base64
import http.client
import json
import threading
import warnings
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

PREFIX = "/faces"


class Proxy(BaseHTTPRequestHandler):
    """A reverse proxy that serves another server below a prefix."""

    upstream = ""

    def forward(self):
        if not self.path.startswith(PREFIX):
            self.send_error(404)
            return
        connection = http.client.HTTPConnection(self.upstream)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = dict(self.headers) | {"X-Forwarded-Host": self.headers["Host"]}
        connection.request(self.command, self.path.removeprefix(PREFIX), body, headers)
        answer = connection.getresponse()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        self.end_headers()
        while chunk := answer.read1(2**16):
            self.wfile.write(chunk)
            self.wfile.flush()

    do_GET = do_POST = do_DELETE = forward

    def log_message(self, *arguments):
        pass


@contextmanager
def proxied(address):
    """Yield the address of a proxy before a server."""
    handler = type("Handler", (Proxy,), {"upstream": address.partition("//")[2]})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_port}{PREFIX}"
        proxy.shutdown()


@pytest.fixture(scope="session")
def below_a_prefix(running):
    """Return the address of a server with everything on, behind a proxy."""
    options = ("--root-path", PREFIX, "--mcp", "--upload-bytes", "1MB")
    with running(*options) as server, proxied(server.address) as address:
        yield address


@pytest.fixture(scope="session")
def program(below_a_prefix):
    return Client(below_a_prefix, verbose=False)


def test_the_page_is_this_project_s(below_a_prefix):
    page = httpx.get(f"{below_a_prefix}/").text
    head = page[: page.index("</head>")]
    assert "<title>Emotion lab</title>" in head
    assert '<meta property="og:title" content="Emotion lab" />' in head
    assert f'<meta property="og:image" content="{below_a_prefix}/stage/card.png" />' in head
    assert "@Gradio" not in head and "githubusercontent" not in head and "manifest" not in head
    settings = ('"run_history":false', '"show_error":false', '"analytics_enabled":false')
    assert all(setting in page for setting in settings)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/stage/main.js", "javascript"),
        ("/stage/icon.svg", "image/svg"),
        ("/stage/card.png", "image/png"),
        ("/favicon.ico", "image/svg"),
        ("/theme.css", "text/css"),
        ("/api/v1/models", "application/json"),
        ("/gradio_api/info", "application/json"),
    ],
)
def test_everything_is_found_below_a_prefix(below_a_prefix, path, kind):
    answer = httpx.get(below_a_prefix + path)
    assert answer.status_code == 200
    assert kind in answer.headers["content-type"]


def test_the_page_works_below_a_prefix(below_a_prefix, browser):
    page = browser.new_page()
    missing = []
    page.on("requestfailed", lambda request: missing.append(request.url))
    page.on("response", lambda answer: answer.status >= 400 and missing.append(answer.url))
    page.goto(f"{below_a_prefix}/")
    page.wait_for_selector("emotion-stage [role=tab]")
    page.wait_for_load_state("networkidle")
    page.close()
    assert missing == []


def test_a_program_gets_data(program, photograph):
    answer = program.predict(handle_file(photograph), api_name="/analyse")
    assert answer["model"] == "best"
    (result,) = answer["results"]
    assert [face["label"] for face in result["faces"]] == ["happy"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([None], "Expected a picture"),
        ([{"path": "http://203.0.113.1/x.jpg"}], "fetches nothing"),
        ([handle_file(__file__), {"path": "http://203.0.113.1/x.jpg"}], "fetches nothing"),
        ([handle_file(__file__), "nonsense"], "Expected one of the models"),
    ],
)
def test_a_program_gets_clear_errors(program, arguments, message):
    for value in arguments:
        if isinstance(value, dict):
            value.setdefault("meta", {"_type": "gradio.FileData"})
    with pytest.raises(AppError, match=message):
        program.predict(*arguments, api_name="/analyse")


def test_a_file_of_the_server_is_not_read(below_a_prefix):
    for place in ([0, ""], ["", 0]):
        secret = {"path": __file__, "meta": {"_type": "gradio.FileData"}}
        data = [secret if value == 0 else value for value in place]
        answer = httpx.post(f"{below_a_prefix}/gradio_api/run/analyse", json={"data": data})
        assert answer.status_code >= 400


def test_what_is_too_large_is_refused(below_a_prefix):
    upload = {"files": ("x.jpg", 1_500_000 * b"x")}
    answer = httpx.post(f"{below_a_prefix}/gradio_api/upload", files=upload)
    assert answer.status_code == 413


def test_an_agent_gets_data(below_a_prefix, photograph):
    picture = "data:image/jpeg;base64," + base64.b64encode(photograph.read_bytes()).decode()

    async def ask():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            transport = streamablehttp_client(f"{below_a_prefix}/gradio_api/mcp/")
        async with transport as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            tools = await session.list_tools()
            answers = []
            for value in (picture, "http://203.0.113.1/x.jpg"):
                answers.append(await session.call_tool("analyse", {"picture": value}))
            return tools.tools, answers

    tools, (answer, refused) = asyncio.run(ask())
    assert [tool.name for tool in tools] == ["analyse"]
    analysis = json.loads(answer.content[0].text)
    assert analysis["results"][0]["faces"][0]["label"] == "happy"
    assert refused.isError and "fetches nothing" in refused.content[0].text
