"""Tests of the tab for a video, in a browser, with the shipped model."""

import csv
import io
import json
import time
import urllib.error
import urllib.request

from emotion_lib.video.reader import Video

DESK = {"width": 1440, "height": 900}
# Records the page's portrait, as a browser records a camera: the file does not name its length.
RECORD = """async () => {
  const root = document.querySelector("emotion-stage").shadowRoot;
  const image = new Image();
  image.src = "examples/1_eileen_collins.jpg";
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 320 });
  const pen = canvas.getContext("2d");
  const draw = () => pen.drawImage(image, 20 * Math.sin(performance.now() / 500), 0, 340, 340);
  const timer = setInterval(draw, 40);
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm" });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((resolve) => (recorder.onstop = resolve));
  recorder.start();
  setTimeout(() => recorder.stop(), 2500);
  await stopped;
  clearInterval(timer);
  const files = new DataTransfer();
  files.items.add(new File(parts, "recording.webm", { type: "video/webm" }));
  const input = root.querySelector("#video-file");
  input.files = files.files;
  input.dispatchEvent(new Event("change"));
}"""


def open_tab(visit):
    page = visit("/#video", viewport=DESK)
    page.wait_for_selector("#video-choose")
    return page


def wait_for(page, state):
    page.wait_for_selector(f"#video[data-state={state}]", state="attached")


def value(page, expression):
    """Return a value of the page's video element."""
    return page.locator("#video .overlaid video").evaluate(f"(video) => video.{expression}")


def downloaded(page, button):
    with page.expect_download() as download:
        page.click(button)
    return download.value


def test_a_visitor_reads_the_sample_clip_and_saves_the_answer(visit):
    page = open_tab(visit)
    page.click("#video-sample")
    page.wait_for_selector("#video .preview:visible")
    wait_for(page, "done")
    assert page.inner_text("#video-sentence") == "3 faces in 9.0 seconds of video."
    cards = page.locator("#video .card")
    assert cards.count() == 3  # the face after the cut is another person
    titles = [title.replace("\n", " ") for title in cards.locator(".name").all_inner_texts()]
    assert "mostly happy" in titles
    # The player shows the visitor's own file, with a box over it.
    assert value(page, "src").startswith("blob:")
    box = page.locator("#video .overlay .edge").bounding_box()
    assert box["width"] > 50
    # Click and keys on the timeline move the player, whose time moves the cursor.
    timeline = page.locator("#timeline")
    width = timeline.bounding_box()["width"]
    timeline.click(position={"x": width - 100, "y": 10})
    page.wait_for_function(
        "document.querySelector('emotion-stage').shadowRoot"
        ".querySelectorAll('#video .overlay .face').length === 2"
    )
    before = value(page, "currentTime")
    assert 7 < before < 9
    timeline.press("ArrowLeft")
    # The cursor is at the frame that is shown, which began up to 1 / 25 s before.
    assert abs(value(page, "currentTime") - (before - 1)) <= 0.04
    spoken = timeline.get_attribute("aria-valuetext")
    assert "face 2 happy" in spoken and "face 3 angry" in spoken

    table = downloaded(page, "#video-save-csv")
    assert table.suggested_filename == "timeline.csv"
    rows = list(csv.DictReader(io.StringIO(table.path().read_text())))
    assert len(rows) == 375
    as_json = json.loads(downloaded(page, "#video-save-json").path().read_text())
    assert len(as_json["rows"]) == len(rows)
    with Video(downloaded(page, "#video [id^=video-save-]:text('Annotated')").path()) as copy:
        assert len(list(copy)) == 225

    page.click("#forget")
    wait_for(page, "empty")
    assert page.locator("#video .card").count() == 0


def test_a_recording_without_a_length_can_be_read_and_sought(visit):
    page = open_tab(visit)
    page.evaluate(RECORD)
    wait_for(page, "done")
    assert "1 face in" in page.inner_text("#video-sentence")
    assert 1 < value(page, "duration") < 10
    page.locator("#timeline").press("End")
    page.locator("#timeline").press("ArrowLeft")
    page.wait_for_selector("#video .overlay .face")
    assert value(page, "currentTime") > 0.3


def test_a_visitor_who_leaves_frees_the_place_of_a_long_video(
    visit, address, portrait_frames, write_video
):
    page = open_tab(visit)
    video = write_video(list(portrait_frames(20)) * 100)
    page.set_input_files("#video-file", str(video))
    page.wait_for_selector("#video-sentence:text('Reading')")
    number = page.evaluate(
        "[...document.querySelector('emotion-stage').engine.videos][0].answer.id"
    )
    page.close()
    # Deleted, not only cancelled as nobody asked for it, which would take a minute.
    assert status_of(f"{address}/api/v1/video/{number}") == 404


def status_of(url):
    """Return the status of an address, as soon as it is an error."""
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=10).read()
        except urllib.error.HTTPError as error:
            return error.code
        time.sleep(0.1)
    return 200


def test_what_is_no_video_gets_a_sentence(visit, tmp_path):
    page = open_tab(visit)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"this is no video")
    page.set_input_files("#video-file", str(broken))
    wait_for(page, "fault")
    message = page.inner_text("#video .notice.fault")
    assert message.startswith("This video cannot be read.")
    assert "broken.mp4" in message
    page.set_input_files("#video-file", {"name": "empty.mp4", "mimeType": "", "buffer": b""})
    page.wait_for_selector("#video .notice.fault:text('empty (0 bytes)')")
