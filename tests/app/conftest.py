"""Fixtures of the page's tests: a server in a process of its own, and Chromium."""

import contextlib
import os
import signal
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from conftest import chromium
from PIL import Image

import emotion_lib.app
from emotion_lib.faces.detectors import load_detector
from emotion_lib.inference.networks import KerasNetwork
from emotion_lib.inference.predictor import Predictor
from emotion_lib.labels import SEVEN_EXPRESSIONS

EXAMPLES = Path(emotion_lib.app.__file__).parent / "examples"


@pytest.fixture(scope="session")
def predictor(small_model):
    """One for all tests, as building Keras's function takes a second each time."""
    return Predictor(KerasNetwork(small_model), SEVEN_EXPRESSIONS, load_detector())


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


@contextlib.contextmanager
def serve_page(*options, ready="/", **environment):
    """Serve the page with the shipped model in a process of its own, until the end of the block.

    Args:
        options: of the command.
        ready: what it answers when it is ready.
        environment: further variables.

    Yields:
        The process, with its address as an attribute; it answers already.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "emotion_lib.cli", "app", "--port", "0", *options],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("Serving on "), line
        process.address = line.split()[2]
        trusting = ssl._create_unverified_context()  # of a test's certificate
        urllib.request.urlopen(process.address + ready, timeout=60, context=trusting).read()
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(20)
        process.stdout.close()


@pytest.fixture(scope="session")
def running():
    """Return :func:`serve_page`."""
    return serve_page


@pytest.fixture(scope="session")
def address():
    """Serve the page with the shipped model in a separate process, and return its address."""
    with serve_page() as process:
        yield process.address
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


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
    arguments = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    arguments += [f"--use-file-for-fake-video-capture={camera}"]
    with chromium(*arguments) as browser:
        yield browser


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
