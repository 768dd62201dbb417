"""Tests of the engine in the browser: its answers are those of the Python library."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from emotion_lib.app.answers import explanation_answer, image_answer
from emotion_lib.app.api import EXAMPLES
from emotion_lib.images import Picture
from emotion_lib.inference.explanation import explain
from emotion_lib.inference.predictor import Predictor

ANALYSE = """async (files) => {
  const { engine } = document.querySelector("emotion-stage");
  const opened = [];
  for (const [name, data] of files) {
    opened.push(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name));
  }
  return engine.analyse(opened);
}"""
RESAMPLE = """async ([address, data, width, height, calls]) => {
  const module = {
    ...(await import(address + "engine/resample.js")),
    ...(await import(address + "engine/affine.js")),
  };
  const bytes = Uint8ClampedArray.from(atob(data), (c) => c.charCodeAt(0));
  const image = { data: bytes, width, height, channels: 4 };
  const results = [];
  for (const [name, ...values] of calls) results.push([...module[name](image, ...values).data]);
  return results;
}"""
EXPLAIN = """async ([name, data, number]) => {
  const { engine } = document.querySelector("emotion-stage");
  const file = new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name);
  return engine.explain(file, number).catch((error) => error.message);
}"""
WATCH = """async (count) => {
  const { engine } = document.querySelector("emotion-stage");
  const stream = await navigator.mediaDevices.getUserMedia({ video: true });
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = stream;
  await video.play();
  const camera = engine.live();
  const moments = [];
  for (let frame = 0; frame < count; frame++) {
    const bitmap = await createImageBitmap(video);
    moments.push(await camera.read(bitmap, performance.now() / 1000));
  }
  await camera.close();
  for (const track of stream.getTracks()) track.stop();
  return moments;
}"""
PORTRAIT = "1_eileen_collins.jpg"


@pytest.fixture(scope="session")
def analyse(site_page):
    """Return a function that reads files in the browser, given as (name, bytes)."""

    def run(*files):
        sent = [(name, base64.b64encode(content).decode()) for name, content in files]
        return site_page.evaluate(ANALYSE, sent)

    return run


@pytest.fixture(scope="session")
def int8_predictor():
    return Predictor.load(runtime="int8", detector="blazeface")


@pytest.fixture(scope="session")
def python_answer(int8_predictor):
    """Return a function that reads a file by the Python library."""

    def run(name, content):
        with Picture(content) as picture:
            result = int8_predictor.predict(picture, abstain=int8_predictor.threshold)
            return image_answer(name, result, picture.size).model_dump()

    return run


def assert_same(received, expected, box_px):
    """Compare two answers: labels are equal, probabilities within 0.02."""
    assert received.keys() == expected.keys()
    for key in ("status", "error", "width", "height"):
        assert received[key] == expected[key]
    assert len(received["faces"]) == len(expected["faces"])
    for face, other in zip(received["faces"], expected["faces"], strict=True):
        assert face.keys() == other.keys()
        for key in ("number", "label", "state", "top", "quality"):
            assert face[key] == other[key]
        assert face["probabilities"] == pytest.approx(other["probabilities"], abs=0.02)
        assert face["box"] == pytest.approx(other["box"], abs=box_px)
        assert face["landmarks"].keys() == other["landmarks"].keys()


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.jpg")))
def test_examples_are_read_as_by_python(name, analyse, python_answer):
    content = (EXAMPLES / name).read_bytes()
    answer = analyse((name, content))
    assert answer["model"] == "best"
    assert answer["detector"] == "blazeface"
    assert_same(answer["results"][0], python_answer(name, content), box_px=1)


def test_a_large_turned_photograph_is_read_as_by_python(analyse, python_answer):
    """It is decoded at a reduced scale, and once more for the crop."""
    portrait = Image.open(EXAMPLES / PORTRAIT).convert("RGB").resize((700, 700))
    photograph = Image.new("RGB", (3000, 2200), (70, 90, 110))
    photograph.paste(portrait, (1500, 600))
    photograph = photograph.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    photograph.save(file, "JPEG", quality=90, exif=exif)
    (received,) = analyse(("large.jpg", file.getvalue()))["results"]
    expected = python_answer("large.jpg", file.getvalue())
    assert expected["width"] == 3000
    assert_same(received, expected, box_px=4)


def test_transparency_is_laid_on_white(analyse, python_answer):
    portrait = Image.open(EXAMPLES / PORTRAIT).convert("RGBA")
    portrait.putalpha(
        Image.radial_gradient("L").resize(portrait.size).point(lambda v: 255 - v // 2)
    )
    file = io.BytesIO()
    portrait.save(file, "PNG")
    (received,) = analyse(("portrait.png", file.getvalue()))["results"]
    assert_same(received, python_answer("portrait.png", file.getvalue()), box_px=1)


def test_a_picture_without_a_face_and_files_that_are_none(analyse):
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, "PNG")
    small = io.BytesIO()
    Image.new("RGB", (10, 10)).save(small, "PNG")
    results = analyse(
        ("gray.png", file.getvalue()), ("text.jpg", b"no picture"), ("small.png", small.getvalue())
    )["results"]
    assert [result["status"] for result in results] == ["no_face", "error", "error"]
    assert "text.jpg" in results[1]["error"]
    assert results[2]["error"].startswith("Expected at least 16 px per side in small.png.")


def test_pixels_are_scaled_as_by_pillow(site_page, site_address):
    pixels = np.random.default_rng(0).integers(0, 256, (47, 61, 3), np.uint8)
    image = Image.fromarray(pixels)
    matrix = [0.8, -0.6, 12.0, 0.6, 0.8, -9.0]
    method = Image.Resampling
    affine = Image.Transform.AFFINE
    expected = {
        ("resize", 20, 13, "box"): image.resize((20, 13), method.BOX),
        ("resize", 90, 30, "bicubic"): image.resize((90, 30), method.BICUBIC),
        ("resize", 9, 7, "bilinear", 2): image.resize((9, 7), method.BILINEAR, reducing_gap=2.0),
        ("reduce", 3, 2): image.reduce((3, 2)),
        ("rotate", -33.3): image.rotate(-33.3, method.BILINEAR),
        ("affine", 40, 50, tuple(matrix), "bicubic"): image.transform(
            (40, 50), affine, matrix, method.BICUBIC
        ),
    }
    rgba = base64.b64encode(np.asarray(image.convert("RGBA")).tobytes()).decode()
    calls = [list(call) for call in expected]
    results = site_page.evaluate(RESAMPLE, [site_address, rgba, *image.size, calls])
    for received, (call, other) in zip(results, expected.items(), strict=True):
        height, width = other.size[::-1]
        received = np.array(received).reshape(height, width, 4)[..., :3]
        # Numbers of 64 bits are rounded where Pillow's have 32.
        difference = np.abs(received - np.asarray(other, int))
        assert difference.max() <= 1, call
        assert (difference > 0).mean() < 0.001, call


def test_an_explanation_is_that_of_python(site_page, int8_predictor):
    content = (EXAMPLES / PORTRAIT).read_bytes()
    data = base64.b64encode(content).decode()
    received = site_page.evaluate(EXPLAIN, [PORTRAIT, data, 1])
    expected = explanation_answer(explain(int8_predictor, content)).model_dump()
    assert received["label"] == expected["label"]
    assert received["square"] == pytest.approx(expected["square"], abs=1)
    np.testing.assert_allclose(received["heat"], expected["heat"], atol=0.03)
    pictures = []
    for answer in (received, expected):
        file = io.BytesIO(base64.b64decode(answer["input"].partition(",")[2]))
        pictures.append(np.asarray(Image.open(file).convert("L"), int))
    assert np.abs(pictures[0] - pictures[1]).max() <= 3
    message = site_page.evaluate(EXPLAIN, [PORTRAIT, data, 2])
    assert message.startswith("Expected a face from 1 to 1")


def test_a_camera_is_read_and_its_face_keeps_its_number(site_page):
    moments = site_page.evaluate(WATCH, 12)
    # Not its label: where it is followed, its score may fall just below that of a good view.
    found = [(face["number"], face["top"]) for moment in moments for face in moment["faces"]]
    assert found == [(1, "happy")] * 12
    times = [moment["time_s"] for moment in moments]
    assert times == sorted(times)
