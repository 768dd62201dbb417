from dataclasses import replace

from emotion_lib import artifacts
from emotion_lib.experiments.overview import all_results_text


def sections(served):
    """Return the sections of the page of all results by their headings."""
    text = all_results_text(artifacts.runs(), {}, served)
    return {part.splitlines()[0]: part for part in text.split("\n## ")}


def test_the_served_run_is_marked_among_those_of_its_labels(perceived_run):
    found = sections(artifacts.load_run("02_second/b"))
    assert "| **[02 b](results/02_second.md)** (served) |" in found["FER-2013, seven expressions"]
    assert (
        "(served)"
        not in found["FER+, seven expressions by the most frequent answer of ten viewers"]
    )


def test_perceived_expression_has_a_table_of_its_own(perceived_run):
    found = sections(perceived_run)
    assert "(served)" not in found["FER-2013, seven expressions"]
    perceived = found["FER+, seven expressions by the most frequent answer of ten viewers"]
    assert perceived.count("| 02") + perceived.count("[02") == 1
    assert "| **[02 b perceived](results/02_second.md)** (served) |" in perceived


def test_a_served_model_that_is_no_run_is_shown(perceived_run):
    record = replace(perceived_run.record, name="02_second/a")
    found = sections(replace(perceived_run, record=record))
    assert "(served)" not in found["FER-2013, seven expressions"]
    perceived = found["FER+, seven expressions by the most frequent answer of ten viewers"]
    assert "| **[02 a](results/02_second.md)** (served) |" in perceived
    assert "| [02 b perceived](results/02_second.md) |" in perceived


def test_the_page_begins_with_the_served_model_and_says_how_many_pairs_differ(perceived_run):
    text = all_results_text(artifacts.runs(), {}, perceived_run)
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[:2] == ["## The served model", "## FER-2013, seven expressions"]
    assert "Every two of the 3 runs were compared on the same 28 test images" in text
    assert "Of 3 pairs, 2 have p < 0.05; 2 still have after" in text
