"""Tests of the tab for many pictures, in a browser, with the shipped model."""

import base64
import csv
import io
import json
import shutil
import zipfile

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from emotion_lib.inference.tables import columns
from emotion_lib.labels import SEVEN_EXPRESSIONS

DROP = """(parts) => {
  const transfer = new DataTransfer();
  for (let index = 0; index < parts.length; index += 2) {
    const bytes = Uint8Array.from(atob(parts[index]), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], parts[index + 1]));
  }
  const drop = new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
  document.querySelector("emotion-stage").dispatchEvent(drop);
}"""
READY = "#many-status:text-matches(' in ')"


@pytest.fixture
def folder(tmp_path, photograph):
    """A folder of pictures, one of them broken, with a zip file and a text."""
    folder = tmp_path / "holiday"
    folder.mkdir()
    shutil.copyfile(photograph, folder / "b portrait.jpg")
    portrait = np.asarray(Image.open(photograph).convert("RGB"))
    Image.fromarray(np.hstack([portrait] * 3)).save(folder / "a group.jpg")
    Image.fromarray(np.full((60, 80, 3), 90, np.uint8)).save(folder / "c meadow.png")
    (folder / "d broken.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden.jpg").write_text("of the system")
    with zipfile.ZipFile(folder / "e more.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(photograph, "größe/portrait.jpg")
        archive.writestr("inner.zip", b"PK")
        archive.writestr("readme.txt", "no picture")
        archive.writestr("__MACOSX/._x.jpg", "of the system")
    return folder


def cells(page, column):
    return page.locator(f".faces tbody .{column}").all_inner_texts()


def saved(page, button):
    with page.expect_download() as download:
        page.click(button)
    return download.value.path().read_bytes().decode()


def test_a_folder_becomes_a_table(visit, folder):
    page = visit("/#many", viewport={"width": 1440, "height": 900})
    page.set_input_files("#many-folder-input", str(folder))
    page.wait_for_selector(READY)
    assert page.inner_text("#many-status") == "5 faces in 3 of 6 pictures; 2 cannot be read."
    assert page.inner_text("#many-note") == "2 other files are no pictures and were left out."
    page.wait_for_selector(".faces tbody tr")
    names = cells(page, "name-cell")
    group = [f"holiday/a group.jpg, face {number}" for number in (1, 2, 3)]
    assert names[:4] == [*group, "holiday/b portrait.jpg"]
    assert names[4:6] == ["holiday/c meadow.png", "holiday/d broken.jpg"]
    assert names[6:] == ["holiday/e more.zip/größe/portrait.jpg", "holiday/e more.zip/inner.zip"]
    labels = cells(page, "label-cell")
    assert labels[3] == labels[6] == "happy" and labels[4] == "no face"
    assert labels[5].startswith("cannot be read") and "that no decoder recognises" in labels[5]
    assert "archive inside of a zip file" in labels[7]
    # Faces have thumbnails.
    page.wait_for_function(
        "document.querySelector('emotion-stage').shadowRoot.querySelectorAll('.faces img[src]')"
        ".length === 6"
    )
    # The whole table, as the command writes it.
    rows = list(csv.DictReader(io.StringIO(saved(page, "#many-csv"))))
    first = columns()[:13]
    assert list(rows[0]) == [*first, "state", *columns(SEVEN_EXPRESSIONS)[13:]]
    assert [row["status"] for row in rows] == ["ok"] * 4 + ["no_face", "error", "ok", "error"]
    assert [row["file"] for row in rows] == [name.split(", face")[0] for name in names]
    analysis = json.loads(saved(page, "#many-json"))
    assert [len(result["faces"]) for result in analysis["results"]] == [3, 1, 0, 0, 1, 0]
    # Sorted and filtered.
    page.click("[data-by=confidence] button")
    assert page.get_attribute("[data-by=confidence]", "aria-sort") == "descending"
    shares = [text for text in cells(page, "number:not(.size)") if text]
    assert shares == sorted(shares, reverse=True) and shares[0] == "> 99 %"
    page.click("[data-group='no face']")
    assert cells(page, "name-cell") == ["holiday/c meadow.png"]
    page.click("[data-group='no face']")
    assert len(cells(page, "name-cell")) == 8
    found = Axe().run(page)
    assert [rule["id"] for rule in found.response["violations"]] == []
    # A picture opens in its own tab, out of the zip file too.
    page.click("text=e more.zip/größe/portrait.jpg")
    page.wait_for_selector("#photograph[data-state=done] .file-name:text('portrait.jpg')")
    assert page.inner_text("#sentence") == "This face looks happy."


def test_a_busy_server_is_waited_for_and_a_pause_holds(visit, photograph, tmp_path):
    page = visit("/#many", viewport={"width": 390, "height": 844})
    refused = []

    def refuse_once(route):
        if refused:
            route.continue_()
            return
        refused.append(page.inner_text("#many-status"))
        route.fulfill(status=503, headers={"Retry-After": "1"}, json={"detail": "busy"})

    page.route("**/api/v1/analyse", refuse_once)
    files = []
    for number in range(20):
        files.append(str(shutil.copyfile(photograph, tmp_path / f"{number}.jpg")))
    page.set_input_files("#many-files-input", files)
    page.wait_for_selector("#many-note:text('The server is busy. Going on in 1 s.')")
    page.click("#many-pause")
    page.wait_for_selector("#many-status:text('Paused at 8 of 20 pictures')")
    page.click("#many-cancel")
    assert page.inner_text("#many-status") == "8 faces in 8 of 8 pictures."
    assert refused == ["Reading 0 of 20 pictures"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # A server that is gone: what was read stays, and the rest can be read later.
    page.unroute("**/api/v1/analyse")
    page.route("**/api/v1/*", lambda route: route.abort())
    page.set_input_files("#many-files-input", files[:2])
    page.wait_for_selector("#many-note:text('The server does not answer')")
    assert page.inner_text("#many-status") == "Paused at 8 of 10 pictures"
    page.unroute("**/api/v1/*")
    page.click("#many-pause")
    page.wait_for_selector("#many-status:text('10 faces in 10 of 10 pictures.')")
    page.click("#many-clear")
    assert page.is_visible(".drop-hint") and not page.is_visible(".faces")


def test_pictures_that_are_dropped_on_the_first_tab_are_read_once(visit, photograph, folder):
    page = visit()
    page.click("#tab-many")
    page.click("#tab-photograph")
    portrait = base64.b64encode(photograph.read_bytes()).decode()
    page.evaluate(DROP, [portrait, "a.jpg", portrait, "b.jpg"])
    page.wait_for_selector("#many-status:text('2 faces in 2 of 2 pictures.')")
    zipped = base64.b64encode((folder / "e more.zip").read_bytes()).decode()
    page.evaluate(DROP, [zipped, "e.zip"])
    page.wait_for_selector("#many-status:text('3 faces in 3 of 4 pictures; 1 cannot be read.')")
