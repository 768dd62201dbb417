import json

import numpy as np
import pytest
from conftest import write_run

from emotion_lib import artifacts
from emotion_lib.experiments import notebooks
from emotion_lib.experiments.notebook_index import BEGIN, index_text, with_index
from emotion_lib.experiments.notebook_text import all_notebooks
from emotion_lib.experiments.results_pages import runs_by_notebook

PERFECT = np.eye(2)[np.arange(28) % 2] * 0.8 + 0.1


@pytest.fixture
def write_notebook_text(recorded_runs):
    """Return a function that writes a notebook of one Markdown cell."""

    def write(stem, text):
        cells = [{"cell_type": "markdown", "source": [text]}]
        folder = recorded_runs.parent / "notebooks"
        (folder / f"{stem}.ipynb").write_text(json.dumps({"cells": cells}))

    return write


def test_the_index_links_every_notebook(recorded_runs):
    notebooks = all_notebooks()
    text = index_text(notebooks, runs_by_notebook(notebooks, artifacts.runs()))
    assert "### [01 · Title of first](01_first.ipynb)" in text
    assert "`01_first`: right in 50.0 % [32.6, 67.4] of 28 test images" in text
    assert "### [99 · Title of compare](99_compare.ipynb)" in text
    assert "docs/results/99_compare" not in text


def test_the_index_says_how_long_each_notebook_takes(recorded_runs, write_notebook_text):
    write_notebook_text(
        "00_tour", "# 00 · A tour\n\n| | |\n| --- | --- |\n| Time | five minutes |\n"
    )
    text = index_text(all_notebooks(), {})
    assert text.index("### [00 · A tour](00_tour.ipynb)") < text.index("**Time.** five minutes")
    assert text.index("**Time.** five minutes") < text.index("### [01 ·")


def test_every_notebook_of_the_series_is_in_the_index_with_its_time():
    text = index_text(all_notebooks(), {})
    assert text.count("\n### [") == text.count("**Time.** ") == len(notebooks.find()) >= 18


def test_seeds_are_one_result(recorded_runs):
    for seed in range(2):
        write_run(recorded_runs, f"01_first/many-{seed}", PERFECT, seed=seed)
    runs = [run for run in artifacts.runs() if run.name.startswith("01_first/")]
    text = index_text(all_notebooks(), {all_notebooks()[0]: runs})
    assert "`01_first/many, 2 seeds`: right in 100.0 % ± 0.0 (100.0 to 100.0) of 28" in text


def test_what_is_above_the_index_stays(recorded_runs):
    notebooks = all_notebooks()
    once = with_index("# By hand\n\n", notebooks, {})
    assert once.startswith(f"# By hand\n\n{BEGIN}\n\n## Index\n")
    assert with_index(once, notebooks, {}) == once
