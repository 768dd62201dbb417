"""Fixtures of the page's tests: a server in a process of its own, and Chromium."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import emotion_lib.app
from emotion_lib.inference.predictor import Predictor

EXAMPLES = Path(emotion_lib.app.__file__).parent / "examples"


@pytest.fixture
def predictor(model_file):
    return Predictor.load(model_file)


@pytest.fixture(scope="session")
def portrait_frames():
    """Return a function that yields frames of a video, in which the page's portrait moves."""
    portrait = Image.open(EXAMPLES / "1_eileen_collins.jpg").convert("RGB").resize((200, 200))

    def frames(count):
        for index in range(count):
            frame = Image.new("RGB", (320, 240), (70, 90, 110))
            frame.paste(portrait, (20 + index % 20, 20))
            yield np.asarray(frame)

    return frames


@pytest.fixture(scope="session")
def address():
    """Serve the page with the shipped model in a separate process, and return its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "emotion_lib.cli", "app", "--port", str(port)]
    )
    try:
        for _ in range(240):
            assert process.poll() is None, "the server has ended"
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=5).read()
                break
            except OSError:
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def camera(tmp_path_factory, portrait_frames):
    """Write a portrait as the picture of Chromium's camera: raw frames in 4:2:0."""
    path = tmp_path_factory.mktemp("camera") / "portrait.y4m"
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W320 H240 F25:1 Ip A1:1 C420jpeg\n")
        for frame in portrait_frames(10):
            luma, *colors = Image.fromarray(frame).convert("YCbCr").split()
            file.write(b"FRAME\n" + luma.tobytes())
            for color in colors:
                file.write(color.resize((160, 120)).tobytes())
    return path


@pytest.fixture(scope="session")
def browser(camera):
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    found = [path for path in map(shutil.which, names) if path]
    assert found, f"Expected one of {names}. Received: none. `make system` installs it."
    with sync_playwright() as playwright:
        # Root needs --no-sandbox; the others keep Chromium from requests to its maker.
        arguments = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
        ]
        arguments += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        arguments += [f"--use-file-for-fake-video-capture={camera}"]
        browser = playwright.chromium.launch(executable_path=found[0], args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def visit(address, browser):
    """Return a function that opens the page in a fresh visitor's browser, and checks it at the end.

    No request may go to another server, and no script may fail.
    """
    contexts = []
    failed = []
    requested = []

    def open_page(path="/", **options):
        """Open a page; options are those of Playwright's new_context, such as viewport."""
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.on("request", lambda request: requested.append(request.url))
        page.goto(address + path)
        page.wait_for_selector("emotion-stage [role=tab]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    own = (address, "data:", "blob:")
    assert [url for url in requested if not url.startswith(own)] == []
    assert failed == []
