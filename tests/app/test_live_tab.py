"""Tests of the tab for a camera, in a browser, with the shipped model."""

import json
import urllib.request

PHONE = {"width": 390, "height": 844}
REFUSE = """(name) => {
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("refused", name); };
}"""
INSECURE = "Object.defineProperty(window, 'isSecureContext', { value: false })"


def ask(address, route="", method="POST"):
    request = urllib.request.Request(f"{address}/api/v1/live{route}", method=method)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.loads(response.read() or "null")


def test_a_visitor_with_a_phone_uses_the_camera(visit):
    page = visit("/#live", viewport=PHONE)
    page.wait_for_selector("#live .points :text('pictures go to the server')")
    page.click("#live-start")
    page.wait_for_selector("#live-label:text('happy')")
    # The picture takes the whole width, and the face is where a mirror shows it.
    picture = page.locator("#live .frame").bounding_box()
    assert (picture["x"], picture["width"]) == (0, PHONE["width"])
    box = page.locator("#live .overlay .edge").bounding_box()
    assert box["x"] + box["width"] / 2 > PHONE["width"] / 2
    page.wait_for_selector("#live-strip .segment")
    page.wait_for_selector("#live-rate:text('per second')")
    # It stops when another tab is shown, and begins again when it is asked to.
    video = page.locator("#live video")
    page.click("#tab-about")
    assert video.evaluate("(video) => video.srcObject") is None
    page.click("#tab-live")
    page.click("#live-start")
    page.wait_for_selector("#live-label:text('happy')")
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { value: true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.wait_for_selector("#live .hint p:text('the page was hidden')")
    assert video.evaluate("(video) => video.srcObject") is None


def test_a_camera_that_cannot_be_used_gets_a_sentence(visit):
    page = visit("/#live")
    page.wait_for_selector("#live-start")
    for name, sentence in (
        ("NotAllowedError", "The camera was refused."),
        ("NotFoundError", "No camera was found."),
        ("NotReadableError", "The camera is in use by another program."),
    ):
        page.evaluate(REFUSE, name)
        page.click("#live-start")
        page.wait_for_selector(f"#live .notice.fault:text('{sentence}')")
        assert page.inner_text("#live-start") == "Start the camera"
    page.evaluate(INSECURE)
    page.click("#live-start")
    page.wait_for_selector("#live .notice.fault:text('over HTTPS')")


def test_one_visitor_too_many_is_told_so(visit, address):
    page = visit("/#live")
    others = [ask(address)["id"] for _ in range(4)]
    try:
        page.click("#live-start")
        page.wait_for_selector("#live .notice.fault:text('All 4 cameras')")
        assert "Try again in 60 seconds." in page.inner_text("#live .notice.fault")
    finally:
        for number in others:
            ask(address, f"/{number}", "DELETE")
    page.click("#live-start")
    page.wait_for_selector("#live-label:text('happy')")
