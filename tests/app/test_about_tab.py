"""Test of the tab about the model, in a browser."""

from axe_playwright_python.sync_playwright import Axe

from emotion_lib.artifacts import read_record
from emotion_lib.paths import best_dir


def test_the_tab_says_what_the_record_says(visit):
    page = visit(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    # A server that is away for a moment: its tab can be tried again.
    page.route("**/api/v1/about", lambda route: route.abort())
    page.click("#how")
    page.wait_for_selector("#about .notice p:text('does not answer')")
    page.unroute("**/api/v1/about")
    page.click("#about .again")
    page.wait_for_selector("#about-versions")
    record = read_record(best_dir() / "run.json")
    test = record.metrics.test
    text = page.inner_text("#about").replace("\xa0", " ")
    low, high = test.accuracy_interval_95
    assert f"{test.accuracy:.1%}".replace("%", " %") in text
    assert f"{low:.1%} to {high:.1%}".replace("%", " %") in text
    counts = record.confusion.counts
    rows = page.locator(".confusion tbody tr").all()
    for name, row, values in zip(record.class_names, rows, counts, strict=True):
        shares = [f"{round(100 * value / sum(values))} %" for value in values]
        assert row.locator("td").all_inner_texts() == shares
        assert row.locator("th").inner_text() == name
    recall = page.locator(".recall li").all_inner_texts()
    for name, line, values in zip(record.class_names, recall, counts, strict=True):
        line = line.replace("\xa0", " ")
        assert line.startswith(name) and f"n = {sum(values):,}" in line
        assert f"{test.recall[name]:.1%}".replace("%", " %") in line
    assert "AI Act" in page.inner_text("#about-prohibited")
    assert "Apache-2.0" in page.inner_text("#about-credits")
    found = Axe().run(page)
    assert [rule["id"] for rule in found.response["violations"]] == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.go_back()
    page.wait_for_selector("#tab-photograph[aria-selected=true]")
