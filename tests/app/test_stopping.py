"""Tests of emotion_lib.app.stopping: real servers that end while they work."""

import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import httpx

from emotion_lib.app.media.uploads import PREFIX

# A request whose thread never ends.
ENDLESS = """
import threading, time
import uvicorn
from emotion_lib.app import stopping

async def app(scope, receive, send):
    if scope["type"] == "http":
        threading.Thread(target=time.sleep, args=(60,)).start()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

stopping.ALL_ENDS_S = 0.5
config = uvicorn.Config(app, port=0, lifespan="off", access_log=False)
stopping.StoppingServer(config, lambda: print("cleaned up", flush=True)).run()
"""


def stalled_upload(address):
    """Return a connection on which a picture is half sent."""
    url = urlsplit(address)
    connection = socket.create_connection((url.hostname, url.port))
    connection.sendall(
        b"POST /api/v1/analyse HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n" + 2_000_000 * b"x"
    )
    return connection


def test_no_file_of_a_visitor_stays(running, portrait_frames, write_video, photograph, tmp_path):
    """A server that ends while it works. Its folder is the one that test_uploads.py kills."""
    video = write_video(list(portrait_frames(20)) * 30).read_bytes()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with running(TMPDIR=str(temporary)) as server:
        client = httpx.Client(base_url=server.address, timeout=60)
        sent = client.post("/gradio_api/upload", files={"files": photograph.read_bytes()})
        assert sent.status_code == 200
        assert client.post("/api/v1/video", content=video).status_code == 202
        assert client.post("/api/v1/live").status_code == 200
        (folder,) = temporary.glob(f"{PREFIX}*")
        assert any(folder.rglob("video")) and any(folder.glob("gradio/*/*"))
        with stalled_upload(server.address):
            server.terminate()
            assert server.wait(15) == 0
    assert list(temporary.iterdir()) == []


def test_a_thread_that_does_not_end_is_left():
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        while "running on" not in (line := process.stderr.readline()):
            assert line, "the server has ended"
        httpx.get(line.split(" on ")[1].split()[0])
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
        assert process.stdout.read() == "cleaned up\n"
