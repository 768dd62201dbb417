"""Tests of emotion_lib.benchmarks.document."""

import pytest

from emotion_lib.benchmarks import document
from emotion_lib.paths import ROOT

TEXT = "before\n{}after\n"
MARKERS = "".join(
    f"<!-- {name}: by a command -->\nold {name}\n<!-- end of {name} -->\n"
    for name in document._TABLES
)


@pytest.fixture
def measured(tmp_path):
    """Write a measurement of the detectors, and of nothing else."""
    folder = tmp_path / "artifacts" / "bench"
    folder.mkdir(parents=True)
    (folder / "detectors.csv").write_text(
        "detector,photographs,faces,found,missed,false_faces,pictures_without,false_without,"
        "pictures_with_false,fer_images,fer_found,fer_accuracy,fer_own_accuracy,cpu_milliseconds,"
        "times_the_first\n"
        "yunet,17,38,35,3,1,252,37,29,1197,1100,0.61,0.668,95.6,1\n"
        "haar,17,38,26,12,2,252,8,7,,,,,200,2.09\n"
    )


def test_only_the_tables_that_were_measured_change(measured, tmp_path):
    path = tmp_path / "benchmarks.md"
    path.write_text(TEXT.format(MARKERS))
    assert document.write_document(path) == path
    text = path.read_text()
    yunet = "| 35 of 38 | 3 | 1 | 29 of 252 (37) | 1100 of 1197 | 61.0 % (66.8 %) | 96 | 1.00 |"
    assert f"| yunet {yunet}" in text
    assert "| haar | 26 of 38 | 12 | 2 | 7 of 252 (8) |  |  | 200 | 2.09 |" in text
    assert text.startswith("before\n<!-- speed: by a command -->\nold speed\n")
    assert "old field" in text and "old detectors" not in text and text.endswith("-->\nafter\n")


def test_missing_markers_are_an_error(measured, tmp_path):
    path = tmp_path / "benchmarks.md"
    path.write_text("no markers")
    with pytest.raises(document.DocumentError, match="Received: 0"):
        document.write_document(path)


def test_the_tables_in_docs_are_those_of_the_recorded_measurements(monkeypatch, tmp_path):
    monkeypatch.setenv("ARTIFACTS_DIR", str(ROOT / "artifacts"))
    text = (ROOT / "docs" / "benchmarks.md").read_text()
    copy = tmp_path / "benchmarks.md"
    copy.write_text(text)
    assert document.write_document(copy).read_text() == text
