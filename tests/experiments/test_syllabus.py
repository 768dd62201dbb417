"""The syllabus in notebooks/README.md names every notebook, in an order that can be read."""

import re

import pytest

from emotion_lib import paths
from emotion_lib.experiments import notebooks
from emotion_lib.experiments.notebook_index import BEGIN

TEXT = (paths.ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
BY_HAND = TEXT.partition(BEGIN)[0]
NUMBERS = [path.stem[:2] for path in notebooks.find()]
# Number and file of each row, and the numbers that it needs.
ROWS = re.findall(r"^\| \[(\d\d) [^\]]*\]\(([^)]*)\) \|.*\| ([\d, ]*) ?\|$", BY_HAND, re.MULTILINE)


def test_every_notebook_has_one_row_in_order():
    assert [file for _, file, _ in ROWS] == [path.name for path in notebooks.find()]
    assert [number for number, _, _ in ROWS] == NUMBERS


def test_a_notebook_needs_only_others_that_exist():
    for number, _, needs in ROWS:
        needed = needs.replace(",", " ").split()
        assert set(needed) <= set(NUMBERS) - {number}


def test_in_the_term_every_notebook_comes_once_and_after_those_that_it_needs():
    weeks = re.findall(r"^\| \d+ \| ([\d, ]+) \|", BY_HAND, re.MULTILINE)
    order = ", ".join(weeks).split(", ")
    assert sorted(order) == NUMBERS
    for number, _, needs in ROWS:
        for needed in needs.replace(",", " ").split():
            assert order.index(needed) < order.index(number)


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", BY_HAND))
def test_links_lead_to_files(link):
    assert (paths.ROOT / "notebooks" / link).exists()


def test_lines_of_prose_are_not_wide():
    prose = [line for line in BY_HAND.splitlines() if not line.startswith("|")]
    assert max(map(len, prose)) <= 110
