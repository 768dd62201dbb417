"""Every figure on a page comes from a record, is generated, or is named here with its reason."""

import re
import shutil
import subprocess

import pytest

from emotion_lib.artifacts import read_record
from emotion_lib.experiments.findings import unmarked_figures
from emotion_lib.paths import ROOT, best_dir

# Pages, or folders of pages, that a command writes whole; tests compare them with the records.
GENERATED = {
    "artifacts/best/MODEL_CARD.md": "model card, by `emotion report card`",
    "artifacts/RENAMED.md": "names of runs, no results",
    "docs/results": "by `emotion report docs`",
    "docs/results.md": "by `emotion report docs`",
    "docs/benchmarks.md": "by `emotion bench`, from artifacts/bench",
    "notebooks/README.md": "index by `emotion report docs`",
    "CHANGELOG.md": "figures of the release that a section describes",
}
# Figures that no record of a run holds, by page.
STATED = {
    "docs/evidence/calibration.md": {
        "0.001 0.0005 0.00005": "digits of kept scores, and what stands for a 0",
        "25 % 10 %": "settings of the thresholds",
    },
    "docs/evidence/groups.md": {"0.05": "level of a test"},
    "docs/evidence/leakage.md": {
        "0.92 0.95 0.86 0.88 0.90": "limits of the correlation",
        "84 %": "of 157 pairs, by `emotion leakage`",
    },
    "docs/evidence/robustness.md": {
        "0.39 0.74": "places in the code, measured with a detector on training faces",
    },
    "docs/evidence/search.md": {
        "0.002 0.0003 0.01 0.0001 0.00001 0.25 0.5": "defaults and ranges of the search",
    },
    "docs/evidence/statistics.md": {
        "5 % 80 % 0.7": "level, power and accuracy that a question is asked for",
        "0.001": "digits of kept scores",
    },
    "docs/evidence/verify.md": {
        "0.001 0.0001 0.0015 0.005 0.002": "limits in the code, and errors that tests plant",
        "0.006": "largest difference between two devices, which `emotion verify` prints",
    },
    "docs/export.md": {
        "0.0001": "limit in the code",
        "0.0000008": "difference between formats, which every export prints",
    },
    "docs/site.md": {
        "0.02": "tolerance of a test",
        "0.005 0.004 0.09 0.05": "differences between browser and Python, on nine pictures",
    },
    "docs/usage.md": {
        "2.3 3.12 3.13": "versions",
        "10 % 0.4": "settings of the threshold",
        "1.0 0.2": "milliseconds of artifacts/bench, rounded",
    },
    "data/README.md": {"8.0 %": "288 of 3,589", "65 %": "shares of FER+'s votes"},
    "docs/data/fer2013.md": {"14 % 35 % 23 % 15 % 52 %": "shares of FER+'s votes"},
}
_UNIT = r"(?:[kMG]B|ms|s|px|min|MHz|GHz|fps)\b"
_NO_RESULT = re.compile(
    r"<!-- results.*?<!-- end of results -->"  # of README.md, compared by a test of its own
    r"|\A---\n.*?\n---\n"  # metadata
    r"|\]\([^)]*\)|https?://\S+|arXiv:\S+|doi:\S+"
    r"|\b(?:Python|Apache|TensorFlow|CC BY(?:-SA)?|emoji-datasource)[ -]?\d[\d.]*(?: to [\d.]+)?"
    rf"|\d[\d.,]*(?: (?:to|and|or) \d[\d.,]*)? ?{_UNIT}",
    re.DOTALL,
)


def tracked_pages() -> list[str]:
    """Return the pages that git tracks, or all of a copy without git."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        command = ["git", "-c", "safe.directory=*", "ls-files", "*.md"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    folders = [ROOT.glob("*.md"), *((ROOT / name).rglob("*.md") for name in ("docs", "data"))]
    return [str(page.relative_to(ROOT)) for folder in folders for page in folder]


def is_written_by_hand(page: str) -> bool:
    return not any(page == name or page.startswith(f"{name}/") for name in GENERATED)


PAGES = sorted(filter(is_written_by_hand, tracked_pages()))


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_of_a_page_has_an_origin(page):
    """Write a figure between markers, or name it above with the reason why no record holds it."""
    text = (ROOT / page).read_text(encoding="utf-8")
    stated = set(" ".join(STATED.get(page, {})).replace(" %", "%").split())
    found = unmarked_figures(text, _NO_RESULT)
    assert not [figure for figure in found if figure.replace(" ", "") not in stated]


def test_the_pages_are_there():
    assert {"README.md", "data/README.md", "docs/usage.md", "docs/evidence/labels.md"} <= set(PAGES)


def test_a_new_result_is_found():
    assert unmarked_figures("The net reaches 0.712 in 3.5 GB, Python 3.11", _NO_RESULT) == ["0.712"]


def test_the_page_on_verification_is_of_the_served_model():
    """After a promotion, `emotion verify` prints other figures: write its output there again."""
    text = (ROOT / "docs" / "evidence" / "verify.md").read_text(encoding="utf-8")
    record = read_record(best_dir() / "run.json")
    assert record.model.sha256[:12] in text
    for figures in record.metrics.evaluations().values():
        assert f"{figures.accuracy:.7g}" in text
