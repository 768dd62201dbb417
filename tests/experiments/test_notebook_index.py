from emotion_lib import artifacts
from emotion_lib.experiments.notebook_index import index_text
from emotion_lib.experiments.notebook_text import all_notebooks
from emotion_lib.experiments.results_pages import runs_by_notebook


def test_the_index_links_every_notebook(recorded_runs):
    notebooks = all_notebooks()
    text = index_text(notebooks, runs_by_notebook(notebooks, artifacts.runs()))
    assert "## [01 · Title of first](01_first.ipynb)" in text
    assert "`01_first`: accuracy 50.0 % [32.6, 67.4] on 28 test images" in text
    assert "## [99 · Title of compare](99_compare.ipynb)" in text
    assert "docs/results/99_compare" not in text
