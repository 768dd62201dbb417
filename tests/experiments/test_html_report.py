"""The report in HTML needs no outside resource."""

import re

import nbformat
import pytest
from conftest import emotion

from emotion_lib import artifacts
from emotion_lib.experiments import html_report
from emotion_lib.paths import artifacts_dir


def test_pages_need_no_outside_resource(save, monkeypatch, capsys):
    save("01_full", full=True)
    output = nbformat.v4.new_output("stream", text="two\n")
    cells = [
        nbformat.v4.new_markdown_cell("# 01 · A run"),
        nbformat.v4.new_code_cell("1 + 1", outputs=[output]),
    ]
    folder = artifacts_dir() / "01_full"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "01_full.ipynb")
    assert emotion(monkeypatch, "report", "html") == 0
    first = artifacts_dir() / "report" / "index.html"
    assert capsys.readouterr().out.strip() == str(first)
    pages = {page.name: page.read_text() for page in first.parent.glob("*.html")}
    assert set(pages) == {"index.html", "01_full.html"}
    accuracy = artifacts.load_run("01_full").record.metrics.test.accuracy
    assert f"{accuracy:.3f}" in pages["index.html"]
    # Accuracies by the labels of different data sets do not compare.
    assert "<th>dataset</th>" in pages["index.html"]
    assert 'href="01_full.html"' in pages["index.html"]
    assert "A run" in pages["01_full.html"] and "two" in pages["01_full.html"]
    for page in pages.values():
        assert not re.search(r"<(script|link)|(src|href)=.https?:|url\(", page)


def test_without_executed_notebooks_the_error_says_what_to_do():
    with pytest.raises(artifacts.ArtifactError, match="make run-all"):
        html_report.write_html()
