"""Figures in prose come from the records, in small and in everything that the repository says."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from conftest import emotion, write_run

from emotion_lib import artifacts, paths
from emotion_lib.evaluation import Evaluation
from emotion_lib.experiments import findings
from emotion_lib.experiments.recorded_figures import FIGURES

# Notebooks whose Findings are not yet written with markers.
NOTEBOOKS = sorted((paths.ROOT / "notebooks").glob("*.ipynb"))
ACCURACY = 'accuracy("01_first")'
EPOCHS = 'epochs("01_first")'
LABELS = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1])


@pytest.fixture(autouse=True)
def artifacts_folder(tmp_path, monkeypatch):
    folder = tmp_path / "artifacts"
    monkeypatch.setenv("ARTIFACTS_DIR", str(folder))
    return folder


@pytest.fixture
def two_runs(artifacts_folder):
    """Two runs on ten images: 01_first is right on eight, 02_second/a on six of these."""
    first = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 0])
    second = np.array([0, 0, 0, 1, 1, 1, 1, 1, 1, 0])
    for name, predicted in (("01_first", first), ("02_second/a", second)):
        write_run(artifacts_folder, name, np.eye(2)[predicted], labels=LABELS)
    history = artifacts_folder / "01_first" / "history.csv"
    history.write_text("epoch,accuracy\n0,0.5\n1,0.771\n")


def marked(call, written=""):
    return f"<!-- {call} -->{written}<!-- end -->"


def as_notebook(*cells):
    return json.dumps({"cells": list(cells)}, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ('accuracy("01_first")', "0.800"),
        ('validation("01_first")', "0.800"),
        ('interval("01_first")', "[0.490, 0.943]"),
        ('balanced_accuracy("01_first")', "0.792"),
        ('macro_f1("02_second/a", split="val")', "0.600"),
        ('recall("01_first", "happy")', "0.83"),
        ('confusion("01_first", "happy", "sad")', "0.17"),
        ('difference("01_first", "02_second/a")', "+20.0 points [+0.0, +50.0], p = 0.50"),
        ('difference("02_second/a", "01_first", "val")', "-20.0 points [-50.0, +0.0], p = 0.50"),
        ('training_accuracy("01_first")', "0.77"),
        ('images("01_first")', "10"),
        ('images("01_first", "train")', "9"),
        ('images_of_class("01_first", "sad")', "4"),
        ('parameters("01_first")', "10"),
        ('epochs("01_first")', "1"),
        ('seconds("0*")', "3"),
        ('minutes("01_first")', "0"),
        ('best("*")', "01_first"),
        ('accuracy(best("02_second/*"))', "0.600"),
        ('accuracy_range("*")', "0.600 to 0.800"),
        ('cited("0.712", "A. Author, 2013")', "0.712"),
    ],
)
def test_a_call_gives_a_figure_of_the_records(two_runs, call, text):
    assert findings.figure(call) == text


def test_a_pattern_stands_for_one_of_two_heads(two_runs, artifacts_folder):
    write_run(artifacts_folder, "01_first/perceived", np.eye(2)[LABELS], labels=LABELS)
    assert findings.figure('best("*")') == "01_first"
    assert findings.figure('seconds("0*")') == "3"
    assert findings.figure('accuracy(best("*/perceived"))') == "1.000"


def test_figures_of_several_labels(artifacts_folder):
    labels = np.array([[1, 0], [1, 1], [0, 1], [1, 0]])
    scores = np.array([[0.9, 0.2], [0.8, 0.4], [0.1, 0.9], [0.3, 0.1]])
    write_run(artifacts_folder, "11_labels", scores, labels=labels)
    assert findings.figure('mean_average_precision("11_labels")') == "1.000"
    assert findings.figure('average_precision("11_labels", "sad")') == "1.00"
    assert findings.figure('accuracy("11_labels")') == "0.500"


def test_a_further_evaluation_is_a_split(artifacts_folder):
    shifted = Evaluation(LABELS, np.eye(2)[1 - LABELS], ("happy", "sad")).summary()
    write_run(artifacts_folder, "01_first", further={"validation, shifted": shifted})
    assert findings.figure('accuracy("01_first", "validation, shifted")') == "0.000"


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ('accuracy("03_none")', "Received: '03_none'"),
        ('accuracy("01_first", "train")', r"\['test', 'val'\]. Received: 'train'"),
        ('recall("01_first", "bored")', "Received: 'bored'"),
        ('minutes("9*")', "Received: '9\\*'"),
        ("accuracy()", "missing a required argument"),
        ('accuracy("01_" + "first")', "malformed"),
        ('accuracy(open("x"))', "Received: open"),
        ('__import__("os")', "Received: __import__"),
        ('cited("0.7", "")', "source"),
        ("accuracy(", "Received: accuracy"),
    ],
)
def test_a_call_that_names_no_figure(two_runs, call, reason):
    with pytest.raises(findings.FindingsError, match=reason):
        findings.figure(call)


def test_runs_of_other_images_have_no_difference(two_runs, artifacts_folder):
    write_run(artifacts_folder, "03_third")
    with pytest.raises(findings.FindingsError, match="same images"):
        findings.figure('difference("01_first", "03_third")')


def test_a_new_record_makes_the_text_stale(two_runs):
    text = f"reaches {marked(ACCURACY, '0.801')} after {marked(EPOCHS, '1')} epoch."
    assert findings.stale_figures(text) == [
        f"{ACCURACY}: the text says '0.801', the records '0.800'"
    ]
    mended = findings.rewritten(text)
    assert mended == text.replace("0.801", "0.800")
    assert not findings.stale_figures(mended)


def test_a_marker_without_an_end(two_runs):
    text = f"<!-- {ACCURACY} -->0.8 and {marked(EPOCHS, '1')}"
    for function in (findings.rewritten, findings.stale_figures):
        with pytest.raises(findings.FindingsError, match="<!-- end -->"):
            function(text)


def test_other_comments_stay(two_runs):
    text = "<!-- results: by a command -->\n| 0.5 |\n<!-- end of results -->\n"
    assert findings.rewritten(text) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("accuracy is\n  {} here", "accuracy\n  is {} here"),
        ("- Accuracy\n  {} here", "- Accuracy {} here"),
        ("is {} and\n{}", "is {}\nand {}"),
        ("is {}\n{}", "is {} {}"),
    ],
)
def test_no_line_begins_with_a_marker_which_markdown_takes_for_html(two_runs, before, after):
    figure = marked(ACCURACY, "0.800")
    assert findings.rewritten(before.replace("{}", figure)) == after.replace("{}", figure)


def test_files_are_written_only_where_a_figure_has_changed(two_runs, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"× {marked(ACCURACY, '?')}\n")
    prose = {"cell_type": "markdown", "metadata": {}, "source": ["é\n", f"× {marked(EPOCHS)}"]}
    code = {"cell_type": "code", "metadata": {}, "source": [marked(EPOCHS)]}
    notebook = tmp_path / "01_x.ipynb"
    notebook.write_text(as_notebook(prose, code))
    assert findings.write_findings([page, notebook]) == [page, notebook]
    assert page.read_text() == f"× {marked(ACCURACY, '0.800')}\n"
    written = prose | {"source": ["é\n", f"× {marked(EPOCHS, '1')}"]}
    assert notebook.read_text() == as_notebook(written, code)
    assert findings.write_findings([page, notebook]) == []


def test_the_command_prints_the_files_that_it_changes(two_runs, tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    page.write_text(marked(ACCURACY))
    monkeypatch.setattr(findings, "files_with_findings", lambda: [page])
    assert emotion(monkeypatch, "report", "findings") == 0
    assert capsys.readouterr().out == f"{page}\n"
    assert page.read_text() == marked(ACCURACY, "0.800")
    assert findings.without_markers(page.read_text()) == "0.800"


def test_the_file_of_a_bad_marker_is_named(two_runs, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(marked('accuracy("03_none")'))
    with pytest.raises(findings.FindingsError, match=r"^page.md: "):
        findings.write_findings([page])


def test_figures_without_a_marker_are_found(two_runs):
    text = (
        f"{marked(ACCURACY, '0.800')} of 3,589 images, the 95 % interval, `-p SHIFT=0.08`; "
        "but 0.651, 16 % and [-0.3, +2.3]"
    )
    assert findings.unmarked_figures(text) == ["0.651", "16 %", "0.3", "2.3"]


@pytest.fixture
def summary(artifacts_folder):
    """A tracked table of two rows."""
    frame = pd.DataFrame(
        {"n": [3589, 12], "accuracy": [0.65812, np.nan], "loss_a|b": ["x_1", "y"]},
        index=pd.Index(["blur", "noise"], name="corruption"),
    )
    artifacts.save_table(frame, "23_x", "summary")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ('value("23_x/summary", "blur", "n")', "3,589"),
        ('value("23_x/summary", "blur", "accuracy")', "0.658"),
        ('value("23_x/summary", "blur", "accuracy", digits=2)', "0.66"),
        ('value("23_x/summary", "blur", "accuracy", form="percent")', "65.8 %"),
        ('value("23_x/summary", "blur", "accuracy", 2, "points")', "+65.81"),
        ('value("23_x/summary", "noise", "accuracy")', "–"),
        ('value("23_x/summary", "blur", "loss_a|b")', "x_1"),
    ],
)
def test_a_cell_of_a_tracked_table(summary, call, text):
    assert findings.figure(call) == text


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ('value("23_x/other", "blur", "n")', r"\['summary'\]"),
        ('value("summary", "blur", "n")', "such as"),
        ('value("23_x/summary", "smear", "n")', r"\['blur', 'noise'\]"),
        ('value("23_x/summary", "blur", "m")', r"\['n', 'accuracy'"),
        ('value("23_x/summary", "blur", "n", form="shares")', "'shares'"),
        ('table("23_x/summary", ["m"])', "columns"),
        ('table("23_x/summary", rows=["smear"])', "rows"),
    ],
)
def test_a_cell_that_is_not_there(summary, call, reason):
    with pytest.raises(findings.FindingsError, match=reason):
        findings.figure(call)


def test_a_block_is_a_table(summary):
    begin = '<!-- table("23_x/summary", ["accuracy", "loss_a|b"], digits={"accuracy": 1}) -->'
    text = f"Words end here.\n{begin}\n<!-- end -->\n\nMore.\n"
    (stale,) = findings.stale_figures(text)
    assert "another table" in stale
    lines = (
        "| corruption | accuracy | loss\\_a\\|b |",
        "| --- | --- | --- |",
        "| blur | 0.7 | x\\_1 |",
        "| noise | – | y |",
    )
    written = "\n".join(["Words end here.", begin, *lines, "<!-- end -->", "", "More.", ""])
    assert findings.rewritten(text) == findings.rewritten(written) == written
    assert not findings.stale_figures(written)
    assert not findings.unmarked_figures(written)
    changed = written.replace("0.7", "0.8")
    assert findings.stale_figures(changed)
    shown = findings.figure('table("23_x/summary", ["n"], rows=["noise"])')
    assert shown == "\n| corruption | n |\n| --- | --- |\n| noise | 12 |\n"


@pytest.mark.parametrize("place", ["words {}", "{} words", "- {}"])
def test_a_block_has_lines_of_its_own(summary, place):
    block = '<!-- table("23_x/summary") --><!-- end -->'
    text = place.replace("{}", block.replace("--><!--", "-->\n<!--"))
    if place == "{} words":
        text = block.replace("-->", "--> words", 1)
    with pytest.raises(findings.FindingsError, match="line of its own"):
        findings.rewritten(text)


# ---- the repository itself --------------------------------------------------------------------


def test_every_marked_figure_is_the_records(monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(paths.ROOT / "artifacts"))
    stale = []
    for path in findings.files_with_findings():
        is_notebook = path.suffix == ".ipynb"
        texts = findings.markdown_cells(path) if is_notebook else [path.read_text()]
        for text in texts:
            stale += [f"{path.name}: {line}" for line in findings.stale_figures(text)]
    assert not stale


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_figure_of_a_result_is_marked(path):
    """Checked are the rows of the title cell that hold results, and the section Findings."""
    cells = findings.markdown_cells(path)
    rows = re.findall(r"^\| Result \|.*$", cells[0], re.MULTILINE)
    sections = [text for text in cells if text.startswith("## Findings")]
    for text in [*rows, *sections]:
        assert not findings.unmarked_figures(text)


def test_every_kind_of_figure_is_documented():
    for function in FIGURES.values():
        assert re.match(r"Return .*", function.__doc__)
