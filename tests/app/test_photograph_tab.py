"""Tests of the tab for one photograph, in a browser, with the shipped model."""

import base64
import csv
import io
import json
import os

import numpy as np
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from emotion_lib.app.api import EXAMPLES

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def wait_for(page, state, name=""):
    """Wait until the tab has this state for the picture of this name."""
    page.wait_for_selector(f"#photograph[data-state={state}] .file-name:text('{name}')")


def upload(page, path, state="done"):
    page.set_input_files("#photograph input[type=file]", str(path))
    wait_for(page, state, path.name)


def downloaded(page, button):
    with page.expect_download() as download:
        page.click(button)
    return download.value.path()


def portraits(path, count):
    """Write a picture of one portrait, several times side by side."""
    with Image.open(EXAMPLES / "1_eileen_collins.jpg") as portrait:
        face = portrait.convert("RGB").resize((300, 300))
    picture = Image.new("RGB", (300 * count, 300))
    for index in range(count):
        picture.paste(face, (300 * index, 0))
    picture.save(path)
    return path


def refusal(status, headers):
    """Return what answers a request with a status; None: what does not answer."""

    def refuse(route):
        if status is None:
            route.abort()
        else:
            route.fulfill(status=status, headers=headers, json={"detail": "/home/server"})

    return refuse


def test_a_visitor_uploads_a_photograph_and_saves_the_answer(visit, photograph):
    page = visit(viewport=DESK)
    wait_for(page, "done")  # an example, so that the page is never empty
    upload(page, photograph)
    assert page.inner_text("#sentence") == "This face looks happy."
    # The answer is beside the picture, and all of it is above the fold.
    picture = page.locator(".frame").bounding_box()
    answer = page.locator(".answer").bounding_box()
    assert answer["x"] > picture["x"] + picture["width"]
    assert picture["y"] + picture["height"] < DESK["height"]
    assert answer["y"] + answer["height"] < DESK["height"]
    # Label of a constant size, which is outside of the face.
    box = page.locator(".overlay .edge").bounding_box()
    label = page.locator(".overlay .plate").bounding_box()
    assert page.get_attribute(".overlay .plate", "height") == "20"
    assert label["y"] + label["height"] <= box["y"]
    assert page.locator(".card .bar:visible").count() == 3
    page.click("text=All seven")
    assert page.locator(".card .bar:visible").count() == 7
    page.click(".why")
    page.wait_for_selector(".why-figure")
    page.click("#heat")
    page.wait_for_selector(".overlay image.heat[href^='data:']")

    with Image.open(photograph) as original, Image.open(downloaded(page, "#save-picture")) as saved:
        assert saved.size == original.size
        difference = np.abs(np.asarray(saved, int) - np.asarray(original.convert("RGB"), int))
        assert difference.max() > 100  # its box
    (row,) = csv.DictReader(io.StringIO(downloaded(page, "#save-csv").read_text()))
    assert (row["file"], row["label"], row["state"]) == (photograph.name, "happy", "sure")
    analysis = json.loads(downloaded(page, "#save-json").read_text())
    (result,) = analysis["results"]
    assert float(row["happy"]) == result["faces"][0]["probabilities"]["happy"]
    if picture := os.environ.get("PAGE_PICTURE"):  # `make picture`
        page.click("#heat")
        page.mouse.move(0, 0)
        page.wait_for_timeout(500)
        page.screenshot(path=picture, type="jpeg", quality=80)


def test_what_an_example_showed_is_gone_with_the_next_file(visit, photograph, tmp_path):
    page = visit()
    wait_for(page, "done")
    analyses = []
    page.on("request", lambda sent: analyses.append(sent) if "analyse" in sent.url else None)
    page.click(".example >> nth=1")
    wait_for(page, "done", page.inner_text(".example >> nth=1"))
    assert page.locator(".card").count() > 0
    assert page.inner_text(".credit")
    broken = tmp_path / "broken.jpg"
    broken.write_text("this is no picture")
    upload(page, broken, "fault")
    assert "no decoder recognises" in page.inner_text(".message")
    assert str(tmp_path) not in page.content()
    assert page.inner_text("#sentence") == "This file cannot be read."
    assert page.locator(".card").count() == 0
    assert page.locator(".overlay .face").count() == 0
    assert not page.is_visible(".frame img")
    # 16 bits per pixel, as before any example.
    deep = tmp_path / "deep.png"
    gray = np.asarray(Image.open(photograph).convert("L"))
    Image.fromarray(gray.astype(np.uint16) * 257).save(deep)
    upload(page, deep)
    assert page.inner_text("#sentence") == "This face looks happy."
    assert len(analyses) == 3  # one per picture


def test_files_that_are_hard_to_read_get_a_plain_sentence(visit, photograph, tmp_path):
    page = visit()
    empty = tmp_path / "empty.jpg"
    empty.write_bytes(b"")
    upload(page, empty, "fault")
    assert "0 bytes" in page.inner_text(".message")
    wall = tmp_path / "wall.png"
    Image.fromarray(np.full((300, 400, 3), 140, np.uint8)).save(wall)
    upload(page, wall)
    assert page.inner_text("#sentence") == "No face was found in this picture."
    # Chromium shows no TIFF: the server sends a picture of it.
    tiff = tmp_path / "scan.tiff"
    Image.open(photograph).save(tiff)
    upload(page, tiff)
    assert page.inner_text("#sentence") == "This face looks happy."
    assert page.is_visible(".frame img")


def test_a_server_that_refuses_or_is_late_is_explained(visit, photograph, tmp_path):
    page = visit()
    wait_for(page, "done")
    refusals = [
        (413, {}, "larger than the server accepts"),
        (429, {"Retry-After": "40"}, "Too many requests from this address. Try again in 40 s."),
        (503, {"Retry-After": "60"}, "The server is busy. Try again in 60 s."),
        (500, {}, "The server could not do this."),
        (None, {}, "The server does not answer."),
    ]
    for status, headers, sentence in refusals:
        page.route("**/api/v1/analyse", refusal(status, headers))
        upload(page, photograph, "fault")
        assert sentence in page.inner_text(".message")
        assert "/home" not in page.inner_text("#photograph")
        page.unroute("**/api/v1/analyse")
    page.click("#photograph .again")
    wait_for(page, "done", photograph.name)

    # A busy server is asked once more, when it says.
    page.route("**/api/v1/analyse", refusal(503, {"Retry-After": "1"}), times=1)
    page.set_input_files("#photograph input[type=file]", str(photograph))
    page.wait_for_selector("#sentence:text('The server is busy. Trying again in 1 s.')")
    wait_for(page, "done", photograph.name)

    # The late answer to an abandoned picture is dropped.
    held = []
    page.route("**/api/v1/analyse", lambda route: held.append(route), times=1)
    page.set_input_files("#photograph input[type=file]", str(photograph))
    page.wait_for_selector("#photograph[data-state=reading]")
    wall = tmp_path / "wall.png"
    Image.fromarray(np.full((300, 400, 3), 140, np.uint8)).save(wall)
    upload(page, wall)
    held[0].abort()
    page.wait_for_timeout(200)
    assert page.inner_text("#sentence") == "No face was found in this picture."
    assert page.inner_text(".file-name") == "wall.png"


def test_a_visitor_with_a_phone(visit, photograph):
    page = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    upload(page, photograph)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    tops = [page.locator(one).bounding_box()["y"] for one in (".frame", "#sentence", ".card")]
    assert tops == sorted(tops)
    assert tops[-1] < PHONE["height"]
    page.tap(".overlay .face")
    assert page.get_attribute(".card .card-title", "aria-pressed") == "true"


def test_a_visitor_with_a_keyboard(visit, tmp_path):
    page = visit(viewport=DESK, color_scheme="dark")
    wait_for(page, "done")
    page.focus(".example >> nth=1")
    page.keyboard.press("Enter")
    wait_for(page, "done", page.inner_text(".example >> nth=1"))
    upload(page, portraits(tmp_path / "two.png", 2))
    page.focus(".overlay .face >> nth=0")
    page.keyboard.press("ArrowRight")
    assert page.locator(".card.selected").get_attribute("data-number") == "2"
    page.focus(".card-title >> nth=1")
    page.keyboard.press("ArrowUp")
    assert page.locator(".face.selected").get_attribute("data-number") == "1"
    page.focus("#tab-photograph")
    page.keyboard.press("End")
    assert page.get_attribute("#tab-about", "aria-selected") == "true"
    assert page.url.endswith("#about")
    page.keyboard.press("Home")
    # The system's dark look, until the visitor chooses, which is remembered.
    assert page.get_attribute("emotion-stage", "data-theme") == "dark"
    page.click("#dark")
    page.reload()
    page.wait_for_selector("emotion-stage[data-theme=light] [role=tab]")
    assert page.evaluate("Object.keys(localStorage)") == ["emotion-lab-theme"]


def test_a_visitor_takes_a_picture(visit):
    page = visit()
    wait_for(page, "done")
    page.click("#snapshot")
    page.wait_for_function(
        "document.querySelector('emotion-stage').shadowRoot.querySelector('.snapshot video')"
        "?.videoWidth > 0"
    )
    page.keyboard.press("Escape")
    page.wait_for_selector(".snapshot", state="detached")
    page.click("#snapshot")
    page.wait_for_timeout(300)
    page.click("#take")
    wait_for(page, "done", "camera.jpg")
    assert page.inner_text("#sentence") == "This face looks happy."


def test_three_visitors_at_once_get_their_own_answers(visit, tmp_path):
    expected = {portraits(tmp_path / f"{count}.png", count): count for count in (1, 2, 3)}
    pages = {path: visit() for path in expected}
    for path, page in pages.items():
        page.set_input_files("#photograph input[type=file]", str(path))
    for path, page in pages.items():
        wait_for(page, "done", path.name)
        assert page.locator(".card").count() == expected[path]


def test_every_tab_is_accessible(visit):
    page = visit(viewport=DESK, color_scheme="light")
    wait_for(page, "done")
    page.click(".why")
    page.wait_for_selector(".why-figure")
    axe = Axe()
    for name in page.eval_on_selector_all("[role=tab]", "tabs => tabs.map(tab => tab.id)"):
        page.click(f"#{name}")
        page.wait_for_timeout(300)
        for look in ("light", "dark"):
            options = {"resultTypes": ["violations"]}
            if look == "dark":
                options["runOnly"] = ["color-contrast"]  # the rest is the same
            found = axe.run(page, context="emotion-stage", options=options).response["violations"]
            serious = [each for each in found if each["impact"] in ("serious", "critical")]
            summary = [(each["id"], [node["html"] for node in each["nodes"]]) for each in serious]
            assert summary == [], (name, look)
            page.click("#dark")


def test_a_visitor_drops_and_pastes_pictures(visit, photograph):
    page = visit()
    wait_for(page, "done")
    script = """async ([bytes, name, kind]) => {
        const file = new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], name);
        const files = new DataTransfer();
        files.items.add(file);
        const stage = document.querySelector("emotion-stage");
        const options = { bubbles: true, cancelable: true };
        if (kind === "drop") {
            options.dataTransfer = files;
            stage.dispatchEvent(new DragEvent("dragover", options));
            stage.dispatchEvent(new DragEvent("drop", options));
        } else {
            options.clipboardData = files;
            document.dispatchEvent(new ClipboardEvent("paste", options));
        }
    }"""
    content = base64.b64encode(photograph.read_bytes()).decode()
    for kind in ("drop", "paste"):
        page.evaluate(script, [content, f"{kind}.jpg", kind])
        wait_for(page, "done", f"{kind}.jpg")
        assert page.inner_text("#sentence") == "This face looks happy."
