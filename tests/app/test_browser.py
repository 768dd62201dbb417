"""Tests of the page in a browser, as ``make app`` serves it, with the shipped model."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def address():
    """Serve the page in a separate process, and return its address."""
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


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
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


def upload(page, path):
    page.wait_for_selector("#photograph input[type=file]", state="attached")
    page.set_input_files("#photograph input[type=file]", str(path))
    page.wait_for_function(
        "/face|cannot be read/.test(document.querySelector('#message').innerText)"
    )


def test_a_visitor_uploads_a_photograph_and_reads_happy(address, browser, photograph):
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    page.set_default_timeout(60_000)
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(address)
    upload(page, photograph)
    assert "1 face" in page.inner_text("#message")
    page.wait_for_selector("#annotated img")
    card = page.inner_text("#bars .face")
    assert card.startswith("1 · happy")
    assert all(name in card for name in ("angry", "disgust", "surprise"))
    bold = page.inner_text("#bars .face tr.first")
    assert bold.split()[0] == "happy"
    assert int(bold.split()[1]) >= 80
    if picture := os.environ.get("PAGE_PICTURE"):  # `make picture`
        page.wait_for_timeout(1500)  # results fade in
        page.screenshot(path=picture, full_page=True, type="jpeg", quality=80)
    own = (address, "data:", "blob:")
    assert [url for url in requested if not url.startswith(own)] == []  # nothing from other servers
    page.close()


def with_video(browser, address, path):
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    page.get_by_role("tab", name="Video").click()
    page.wait_for_selector("#recording input[type=file]", state="attached")
    page.set_input_files("#recording input[type=file]", str(path))
    return page


def test_a_visitor_uploads_a_video(address, browser, portrait_frames, write_video):
    page = with_video(browser, address, write_video(portrait_frames(25)))
    page.wait_for_function(
        "/1 face in 1.0 s/.test(document.querySelector('#video-message').innerText)"
    )
    assert page.inner_text("#video-bars .face").startswith("1 · mostly happy")
    page.wait_for_selector("#course img")
    # The browser plays the file: its first frame is there.
    page.wait_for_function("document.querySelector('#annotated-video video')?.readyState >= 2")
    with page.expect_download() as download:
        page.click("#timeline")
    table = download.value.path().read_text()
    assert table.startswith("frame,time_s,person,label,detector_score,x,y,width,height,")
    page.close()


def test_a_visitor_stops_a_long_video(address, browser, portrait_frames, write_video):
    page = with_video(browser, address, write_video(portrait_frames(750)))
    page.click("#stop")
    page.wait_for_function("/Stopped at/.test(document.querySelector('#video-message').innerText)")
    assert not page.is_visible("#stop")
    page.close()


def test_a_visitor_uses_a_camera(address, browser):
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    page.get_by_role("tab", name="Live").click()
    page.get_by_text("Click to Access Webcam").click()
    page.locator("#camera .button-wrap button").first.click()  # Record
    page.wait_for_function("/1 · happy/.test(document.querySelector('#live-bars').innerText)")
    assert page.locator("#annotated-live img").get_attribute("src").startswith("data:image/jpeg")
    page.close()


def test_a_visitor_uploads_a_wall_and_then_a_file_that_is_not_a_picture(address, browser, tmp_path):
    wall = tmp_path / "wall.png"
    broken = tmp_path / "broken.jpg"
    Image.fromarray(np.full((300, 400, 3), 140, np.uint8)).save(wall)
    broken.write_bytes(b"this is no picture")
    for path, answer in ((wall, "No face found"), (broken, "cannot be read")):
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(address)
        upload(page, path)
        assert answer in page.inner_text("#message")
        page.close()
