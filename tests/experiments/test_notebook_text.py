import json

from emotion_lib.experiments.notebook_text import read_notebook

FIRST = """# 03 · Three iterations

**Question.** Which change
helped?

| | |
| --- | --- |
| Time | a minute |
"""
FINDINGS = """## Findings

- Augmentation reaches <!-- accuracy("x") -->0.608<!-- end --> in approx. twelve epochs
  of training. It is no remedy.
- Second.

The cell below prints the same.
"""


def text_of(tmp_path, *cells):
    path = tmp_path / "03_iterations.ipynb"
    markdown = [{"cell_type": "markdown", "source": [cell]} for cell in cells]
    code = {"cell_type": "code", "source": ["x = 1"]}
    path.write_text(json.dumps({"cells": [*markdown, code]}))
    return read_notebook(path)


def test_title_question_and_findings(tmp_path):
    text = text_of(tmp_path, FIRST, FINDINGS)
    assert text.number == "03"
    assert text.title == "Three iterations"
    assert text.question == "Which change helped?"
    assert text.findings.startswith("- Augmentation reaches 0.608 in")
    assert text.findings.endswith("- Second.")
    assert text.first_finding == (
        "Augmentation reaches 0.608 in approx. twelve epochs of training."
    )


def test_findings_without_a_list_are_none(tmp_path):
    text = text_of(tmp_path, FIRST, "## Findings\n\nThe cell below prints them.")
    assert text.findings == ""
    assert text.first_finding == ""


def test_a_notebook_without_prose_is_named_by_its_file(tmp_path):
    text = text_of(tmp_path, "Something.")
    assert (text.title, text.question, text.findings) == ("03_iterations", "", "")
