"""Tests of the tab that compares two readings of a picture, in a browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from emotion_lib.app.api import EXAMPLES

SENTENCE = """async ([first, second]) => {
  const { differenceSentence, pairsOf } = await import("/stage/face_pairs.js");
  const face = ([x, label]) => ({ label, box: { x, y: 0, width: 9, height: 9 } });
  return differenceSentence(pairsOf(first.map(face), second.map(face)));
}"""


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([], [], "Neither finds a face."),
        ([[0, "sad"]], [[1, "sad"]], "Both find one face; they agree: sad."),
        (
            [[0, "sad"], [20, "sad"], [40, "fear"]],
            [[1, "sad"], [40, "neutral"], [21, "sad"]],
            "Both find three faces; they disagree on face 3: fear / neutral.",
        ),
        (
            [[0, "sad"], [20, "sad"]],
            [[20, "happy"]],
            "The first finds two faces, the second one; face 1 is found by the first alone; they "
            "disagree on face 2: sad / happy.",
        ),
        ([], [[0, "sad"]], "The first finds no face, the second one."),
        ([[0, "sad"]], [], "The first finds one face, the second none."),
        (
            [[0, "sad"], [20, "sad"], [40, "fear"], [60, "fear"]],
            [[41, "fear"], [60, "fear"]],
            "The first finds four faces, the second two; faces 1 and 2 are found by the first "
            "alone; they agree on the others.",
        ),
        # Faces that do not overlap are two, though both find one.
        (
            [[0, "sad"]],
            [[30, "sad"]],
            "The first finds one face, the second one; face 1 is found by the first alone; face 2 "
            "is found by the second alone.",
        ),
        (
            [[20 * number, "sad"] for number in range(5)],
            [[20 * number, "fear"] for number in range(5)],
            "Both find five faces; they disagree on face 1: sad / fear, face 2: sad / fear, "
            "face 3: sad / fear, and two more.",
        ),
    ],
)
def test_the_difference_in_one_sentence(compared, first, second, expected):
    assert compared.evaluate(SENTENCE, [first, second]) == expected


@pytest.fixture(scope="module")
def compared(address, browser):
    page = browser.new_page()
    page.goto(f"{address}/api/v1/models")
    yield page
    page.close()


def test_two_detectors_on_a_picture(visit, photograph):
    page = visit("/#compare", viewport={"width": 1440, "height": 900})
    page.wait_for_selector("#second-model")
    page.select_option("#second-model", "best")
    page.select_option("#second-detector", "haar")
    page.set_input_files("#compare-file-input", str(EXAMPLES / "9_crowd.jpg"))
    page.wait_for_selector("#difference:text('finds')")
    page.set_input_files("#compare-file-input", str(photograph))
    page.wait_for_selector("#difference:text('Both find one face; they agree: happy.')")
    assert page.locator(".compare-frame .face").count() == 2
    assert page.locator(".pairs tbody td").all_inner_texts()[0] == "happy, > 99 %"
    page.hover(".pairs tbody tr")
    assert page.locator(".compare-frame .face.selected").count() == 2
    found = Axe().run(page)
    assert [rule["id"] for rule in found.response["violations"]] == []


def test_the_photograph_of_the_first_tab_is_compared(visit, photograph, tmp_path):
    page = visit(viewport={"width": 390, "height": 844})
    page.set_input_files("#photograph input[type=file]", str(photograph))
    page.wait_for_selector(f"#photograph[data-state=done] .file-name:text('{photograph.name}')")
    page.click("#to-compare")
    page.wait_for_selector(f"#compare .file-name:text('{photograph.name}')")
    page.wait_for_selector("#difference:text('Both find one face')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # A file that cannot be read: its message, and nothing of the picture before.
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    page.set_input_files("#compare-file-input", str(broken))
    page.wait_for_selector("#compare .fault p:text('that no decoder recognises')")
    assert page.locator(".compare-frame img:visible, .compare-frame .face").count() == 0
    assert not page.is_visible(".pairs")
