"""The page: what it says, and one look through a real browser."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest
from PIL import Image

from emotion_lib.app import __main__, ui
from emotion_lib.predictor import Predictor


@pytest.fixture
def predictor(model_file):
    return Predictor.load(model_file)


def test_a_photograph(predictor, photograph):
    picture, message, bars = ui.read_photograph(predictor, str(photograph))
    assert picture.shape == (512, 512, 3) and message.startswith("**1 face.**")
    shares = [int(v) for v in re.findall(r">(\d+) %<", bars)]
    assert len(shares) == 7 and 97 <= sum(shares) <= 103
    assert all(name in bars for name in predictor.class_names)


def test_no_face_is_said_plainly(predictor, tmp_path):
    path = tmp_path / "wall.png"
    Image.new("RGB", (200, 200), "gray").save(path)
    picture, message, bars = ui.read_photograph(predictor, str(path))
    assert picture.shape == (200, 200, 3) and message == ui.NO_FACE and bars == ""


def test_a_bad_picture_is_explained_without_the_servers_path(predictor, tmp_path):
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"nothing")
    picture, message, _ = ui.read_photograph(predictor, str(path))
    assert picture is None and "cannot be read" in message and "broken.jpg" in message and str(tmp_path) not in message


def test_a_cleared_picture(predictor):
    assert ui.read_photograph(predictor, None) == (None, "", "")


def test_the_page_gives_the_models_own_figure(predictor):
    assert ui._figure(predictor) == ""
    predictor.record = {"data": {"name": "fer2013"}, "metrics": {"test": {"n": 3589, "accuracy": 0.654}}}
    assert "3,589" in ui._figure(predictor) and "65%" in ui._figure(predictor)


def test_it_says_what_it_is_not_for():
    assert "5(1)(f)" in ui.NOTICE and "not what a person feels" in ui.INTRODUCTION


def test_examples_ship_with_the_page():
    assert len(list(ui.EXAMPLES.glob("*.jpg"))) >= 2


def test_a_missing_model_is_a_clear_error(capsys, tmp_path):
    assert __main__.main(["--model", str(tmp_path / "none.keras")]) == 2
    assert "no such file" in capsys.readouterr().err


def test_a_taken_port_is_a_clear_error(capsys, model_file):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert __main__.main(["--model", str(model_file), "--port", str(taken.getsockname()[1])]) == 2
    assert "make app PORT=" in capsys.readouterr().err


# ---- in a browser ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address():
    """The page as ``make app`` serves it, with the shipped model."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "emotion_lib.app", "--port", str(port)])
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
def browser():
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    executable = next((path for path in map(shutil.which, names) if path), None)
    assert executable, f"Expected one of {names}. Received: none. `make chromium` installs it."
    with sync_playwright() as playwright:
        # Root needs --no-sandbox; the rest keeps Chromium from calling home in a closed network.
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield browser
        browser.close()


def upload(page, path):
    page.wait_for_selector("#photograph input[type=file]", state="attached")
    page.set_input_files("#photograph input[type=file]", str(path))
    page.wait_for_function("/face|cannot be read/.test(document.querySelector('#message').innerText)")


def test_a_visitor_uploads_a_photograph_and_reads_happy(address, browser, photograph):
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    page.set_default_timeout(60_000)
    outside = []
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else outside.append(r.url))
    page.goto(address)
    upload(page, photograph)
    assert "1 face" in page.inner_text("#message")
    page.wait_for_selector("#annotated img")
    card = page.inner_text("#bars .face")
    assert card.startswith("1 · happy") and all(name in card for name in ("angry", "disgust", "surprise"))
    bold = page.inner_text("#bars .face tr.first")
    assert bold.split()[0] == "happy" and int(bold.split()[1]) >= 80
    if picture := os.environ.get("PAGE_PICTURE"):  # `make picture`
        page.wait_for_timeout(1500)  # results fade in
        page.screenshot(path=picture, full_page=True, type="jpeg", quality=80)
    assert outside == []  # the page needs nothing from elsewhere
    page.close()


def test_a_visitor_uploads_a_wall_and_then_no_picture_at_all(address, browser, tmp_path):
    wall, broken = tmp_path / "wall.png", tmp_path / "broken.jpg"
    Image.fromarray(np.full((300, 400, 3), 140, np.uint8)).save(wall)
    broken.write_bytes(b"this is no picture")
    for path, answer in ((wall, "No face found"), (broken, "cannot be read")):
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(address)
        upload(page, path)
        assert answer in page.inner_text("#message")
        page.close()
