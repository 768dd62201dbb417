"""Test of the page that needs no server, as a visitor uses it."""

import csv
import io

from PIL import Image

from emotion_lib.app.api import EXAMPLES

PORTRAIT = EXAMPLES / "1_eileen_collins.jpg"


def choose(page, path, state):
    page.set_input_files("#photograph input[type=file]", str(path))
    page.wait_for_selector(f"#photograph[data-state={state}] .file-name:text('{path.name}')")


def downloaded(page, button):
    with page.expect_download() as download:
        page.click(button)
    return download.value.path()


def test_a_visitor_reads_a_photograph_and_the_camera(site_page, tmp_path):
    page = site_page
    tabs = page.locator("emotion-stage [role=tab]").all_inner_texts()
    assert tabs == ["Photograph", "Live", "Many pictures", "About"]
    assert "sent nowhere" in page.inner_text("#kept")

    choose(page, PORTRAIT, "done")
    assert page.inner_text("#sentence") == "This face looks happy."
    page.click(".why")
    page.wait_for_selector(".why-figure")
    page.click("#heat")
    page.wait_for_selector(".overlay image.heat[href^='data:']")
    (row,) = csv.DictReader(io.StringIO(downloaded(page, "#save-csv").read_text()))
    assert row["label"] == "happy"
    with Image.open(downloaded(page, "#save-picture")) as saved:
        assert saved.size == (512, 512)

    broken = tmp_path / "broken.jpg"
    broken.write_bytes(PORTRAIT.read_bytes()[:200])
    choose(page, broken, "fault")
    assert "damaged" in page.inner_text("#photograph [role=alert]")
    empty = tmp_path / "wall.png"
    Image.new("RGB", (640, 480), (120, 110, 100)).save(empty)
    choose(page, empty, "done")
    assert page.locator(".card").count() == 0

    page.click("[role=tab]:text('Live')")
    page.wait_for_selector("#live .points :text('sent nowhere')")
    page.click("#live-start")
    page.wait_for_selector("#live-label:has-text('happy')")
    page.wait_for_selector("#live-rate:has-text('pictures per second')")
    page.click("#live-start")
    page.click("[role=tab]:text('About')")
    page.wait_for_selector("#about :text('LiteRT.js')")
    page.click("[role=tab]:text('Photograph')")


def test_a_failure_to_load_the_networks_is_said_and_tried_again(site_address, browser):
    context = browser.new_context()
    page = context.new_page()
    page.route("**/classifier.tflite", lambda route: route.abort())
    page.goto(site_address)
    page.wait_for_selector("#photograph[data-state]")
    choose(page, PORTRAIT, "fault")
    assert "Check the connection" in page.inner_text("#photograph [role=alert]")
    page.unroute("**/classifier.tflite")
    choose(page, PORTRAIT, "done")
    assert page.inner_text("#sentence") == "This face looks happy."
    context.close()
