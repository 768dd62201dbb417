"""The page: what it says, and one look through a real browser."""

import base64
import io
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
from conftest import emotion, figures, record
from PIL import Image

from emotion_lib import artifacts
from emotion_lib.app import recording, server, ui
from emotion_lib.app.camera import NO_FACE as NO_FACE_IN_SIGHT
from emotion_lib.app.camera import View
from emotion_lib.app.photograph import NO_FACE, read_photograph
from emotion_lib.artifacts import ArtifactError
from emotion_lib.inference.predictor import Predictor
from emotion_lib.video import timeline
from emotion_lib.video.reader import Video
from emotion_lib.video.writer import VideoWriter

EXAMPLE = ui.EXAMPLES / "1_eileen_collins.jpg"


@pytest.fixture
def predictor(model_file):
    return Predictor.load(model_file)


def test_a_photograph(predictor, photograph):
    picture, message, bars = read_photograph(predictor, str(photograph))
    assert picture.shape == (512, 512, 3) and message.startswith("**1 face.**")
    shares = [int(v) for v in re.findall(r">(\d+) %<", bars)]
    assert len(shares) == 7 and 97 <= sum(shares) <= 103
    assert all(name in bars for name in predictor.class_names)


def test_no_face_is_said_plainly(predictor, tmp_path):
    path = tmp_path / "wall.png"
    Image.new("RGB", (200, 200), "gray").save(path)
    picture, message, bars = read_photograph(predictor, str(path))
    assert picture.shape == (200, 200, 3) and message == NO_FACE and bars == ""


def test_a_large_photograph_is_shown_smaller(predictor, tmp_path):
    path = tmp_path / "wall.png"
    Image.new("RGB", (4096, 1024), "gray").save(path)
    assert read_photograph(predictor, str(path))[0].shape == (512, 2048, 3)


def test_a_photograph_that_a_detector_stumbles_over_is_explained(
    predictor, photograph, monkeypatch
):
    def fail(image):
        raise MemoryError

    monkeypatch.setattr(predictor.detector, "detect", fail)
    picture, message, _ = read_photograph(predictor, str(photograph))
    assert picture is None and "Received: MemoryError" in message


def test_a_bad_picture_is_explained_without_the_servers_path(predictor, tmp_path):
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"nothing")
    picture, message, _ = read_photograph(predictor, str(path))
    assert (
        picture is None
        and "cannot be read" in message
        and "broken.jpg" in message
        and str(tmp_path) not in message
    )


def test_a_cleared_picture(predictor):
    assert read_photograph(predictor, None) == (None, "", "")


def test_the_page_gives_the_models_own_figure(predictor):
    assert ui._figure(predictor) == ""
    metrics = {"test": figures(n=3589, accuracy=0.654)}
    predictor.record = artifacts.record_from_json(record("14_x", metrics=metrics))
    assert "3,589" in ui._figure(predictor) and "65%" in ui._figure(predictor)


def test_it_says_what_it_is_not_for():
    assert "5(1)(f)" in ui.NOTICE and "not what a person feels" in ui.INTRODUCTION


def test_examples_ship_with_the_page():
    assert len(list(ui.EXAMPLES.glob("*.jpg"))) >= 2


def test_a_missing_model_is_a_clear_error(tmp_path):
    with pytest.raises(ArtifactError, match="no such file"):
        server.serve(tmp_path / "none.keras", port=0)


def test_a_taken_port_is_a_clear_error(model_file):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(server.ServerError, match="make app PORT="):
            server.serve(model_file, port=port)


@pytest.mark.parametrize(
    "host, port", [("no..host", 7999), ("127.0.0.1", 99999), ("203.0.113.1", 7999)]
)
def test_an_address_that_cannot_be_served_is_a_clear_error(host, port, monkeypatch, capsys):
    assert emotion(monkeypatch, "app", "--host", host, "--port", port) == 2
    assert f"Expected to serve on {host}, port {port}. Received: " in capsys.readouterr().err


def test_other_failures_are_not_blamed_on_the_port(monkeypatch):
    def unreadable(*arguments, **options):
        raise PermissionError(13, "Permission denied", "model.keras")

    monkeypatch.setattr(Predictor, "load", unreadable)
    with pytest.raises(server.ServerError, match=r"PermissionError.*model\.keras") as caught:
        server.serve(port=0)
    assert "port" not in str(caught.value)


# ---- a video --------------------------------------------------------------------------------------------------------


def frames(picture, count, size=(320, 240)):
    portrait = Image.open(picture).convert("RGB").resize((200, 200))
    for index in range(count):
        frame = Image.new("RGB", size, (70, 90, 110))
        frame.paste(portrait, (20 + index % 20, 20))
        yield np.asarray(frame)


def test_a_video(predictor, photograph, write_video, tmp_path):
    calls = []
    path = write_video(frames(photograph, 50))
    reading = recording.read_recording(
        predictor, str(path), tmp_path / "out", progress=lambda *at: calls.append(at)
    )
    assert (
        reading.message.startswith("**1 face in 2.0 seconds.**")
        and "Stopped" not in reading.message
    )
    assert len(calls) == 50 and calls[-1] == pytest.approx((1.96, 2.0))
    seconds = [float(value) for value in re.findall(r">([\d.]+) s<", reading.cards)]
    assert sum(seconds) == pytest.approx(1.96, abs=0.3) and seconds == sorted(seconds, reverse=True)
    assert len(list(Video(reading.annotated))) == 50 and reading.annotated.suffix == ".webm"
    assert len(timeline.read(reading.table)) == 50 and reading.course.axes


def test_a_video_that_is_stopped_shows_what_was_read(predictor, photograph, write_video, tmp_path):
    path, seen = str(write_video(frames(photograph, 50))), []
    reading = recording.read_recording(
        predictor,
        path,
        tmp_path / "out",
        progress=lambda *at: seen.append(at),
        stopped=lambda: len(seen) == 10,
    )
    assert "Stopped at 0.4 s." in reading.message and len(timeline.read(reading.table)) == 10


def test_a_video_longer_than_the_page_reads(
    predictor, photograph, write_video, tmp_path, monkeypatch
):
    monkeypatch.setattr(recording, "LONGEST", 1.0)
    reading = recording.read_recording(
        predictor, str(write_video(frames(photograph, 50))), tmp_path / "out"
    )
    assert "emotion video FILE" in reading.message and len(timeline.read(reading.table)) == 26


def test_a_full_disk_shows_what_was_read(predictor, photograph, write_video, tmp_path, monkeypatch):
    monkeypatch.setattr(VideoWriter, "_ROOM", 2**60)
    reading = recording.read_recording(
        predictor, str(write_video(frames(photograph, 5))), tmp_path / "out"
    )
    assert (
        "broke off there: less than 16 MiB left" in reading.message
        and len(timeline.read(reading.table)) == 1
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_from_the_start_is_named(predictor, photograph, write_video, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "timeline.csv").symlink_to("/dev/full")
    reading = recording.read_recording(
        predictor, str(write_video(frames(photograph, 5))), tmp_path / "out"
    )
    assert "No space left on device" in reading.message and reading.table is None


def test_videos_that_cannot_be_read_or_have_no_face(predictor, write_video, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    reading = recording.read_recording(predictor, str(broken), tmp_path / "out")
    assert (
        "cannot be read" in reading.message
        and "broken.mp4" in reading.message
        and reading.annotated is None
    )
    assert str(tmp_path) not in reading.message
    empty = recording.read_recording(
        predictor, str(write_video(np.zeros((10, 96, 128, 3), np.uint8))), tmp_path / "out"
    )
    assert empty.message == recording.NO_FACE and empty.annotated.is_file() and empty.table is None


# ---- a camera -------------------------------------------------------------------------------------------------------


def test_a_camera(predictor, photograph):
    view, numbers = View(predictor), set()
    for frame in frames(photograph, 5):
        picture, bars = view.read(frame)
        shown = Image.open(io.BytesIO(base64.b64decode(picture.split("base64,")[1].rstrip('">'))))
        assert shown.size == (320, 240) and all(name in bars for name in predictor.class_names)
        numbers |= set(re.findall(r"<h3>(\d+) ", bars))
    assert numbers == {"1"}  # one face, which keeps its number
    assert View(predictor).read(np.zeros((96, 128, 3), np.uint8))[1] == NO_FACE_IN_SIGHT


# ---- in a browser ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address():
    """The page as ``make app`` serves it, with the shipped model."""
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
def camera(tmp_path_factory):
    """A portrait as the picture of Chromium's camera: raw frames in 4:2:0."""
    path = tmp_path_factory.mktemp("camera") / "portrait.y4m"
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W320 H240 F25:1 Ip A1:1 C420jpeg\n")
        for frame in frames(EXAMPLE, 10):
            y, *colors = Image.fromarray(frame).convert("YCbCr").split()
            file.write(
                b"FRAME\n" + y.tobytes() + b"".join(c.resize((160, 120)).tobytes() for c in colors)
            )
    return path


@pytest.fixture(scope="module")
def browser(camera):
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    executable = next((path for path in map(shutil.which, names) if path), None)
    assert executable, f"Expected one of {names}. Received: none. `make chromium` installs it."
    with sync_playwright() as playwright:
        # Root needs --no-sandbox; the rest keeps Chromium from calling home in a closed network.
        arguments = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
        ]
        arguments += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        arguments += [f"--use-file-for-fake-video-capture={camera}"]
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
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
    outside = []
    page.on(
        "request",
        lambda r: None if r.url.startswith((address, "data:", "blob:")) else outside.append(r.url),
    )
    page.goto(address)
    upload(page, photograph)
    assert "1 face" in page.inner_text("#message")
    page.wait_for_selector("#annotated img")
    card = page.inner_text("#bars .face")
    assert card.startswith("1 · happy") and all(
        name in card for name in ("angry", "disgust", "surprise")
    )
    bold = page.inner_text("#bars .face tr.first")
    assert bold.split()[0] == "happy" and int(bold.split()[1]) >= 80
    if picture := os.environ.get("PAGE_PICTURE"):  # `make picture`
        page.wait_for_timeout(1500)  # results fade in
        page.screenshot(path=picture, full_page=True, type="jpeg", quality=80)
    assert outside == []  # the page needs nothing from elsewhere
    page.close()


def with_video(browser, address, path):
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    page.get_by_role("tab", name="Video").click()
    page.wait_for_selector("#recording input[type=file]", state="attached")
    page.set_input_files("#recording input[type=file]", str(path))
    return page


def test_a_visitor_uploads_a_video(address, browser, photograph, write_video):
    page = with_video(browser, address, write_video(frames(photograph, 25)))
    page.wait_for_function(
        "/1 face in 1.0 s/.test(document.querySelector('#video-message').innerText)"
    )
    assert page.inner_text("#video-bars .face").startswith("1 · mostly happy")
    page.wait_for_selector("#course img")
    # The browser itself plays what was written: its first frame is there, and nobody complains.
    page.wait_for_function("document.querySelector('#annotated-video video')?.readyState >= 2")
    with page.expect_download() as download:
        page.click("#timeline")
    assert (
        download.value.path()
        .read_text()
        .startswith("time_s,frame,track_id,box,probabilities,label")
    )
    page.close()


def test_a_visitor_stops_a_long_video(address, browser, photograph, write_video):
    page = with_video(browser, address, write_video(frames(photograph, 1500)))
    page.click("#stop")
    page.wait_for_function("/Stopped at/.test(document.querySelector('#video-message').innerText)")
    assert not page.is_visible("#stop")
    page.close()


def test_a_visitor_before_a_camera(address, browser):
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    page.get_by_role("tab", name="Live").click()
    page.get_by_text("Click to Access Webcam").click()
    page.locator("#camera .button-wrap button").first.click()  # Record
    page.wait_for_function("/1 · happy/.test(document.querySelector('#live-bars').innerText)")
    assert page.locator("#annotated-live img").get_attribute("src").startswith("data:image/jpeg")
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
