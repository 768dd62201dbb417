from PIL import Image

from emotion_lib import artifacts
from emotion_lib.experiments.notebook_text import all_notebooks
from emotion_lib.experiments.results_pages import page_text, runs_by_notebook, write_page_figures


def test_figures_are_drawn(recorded_runs, tmp_path):
    found = runs_by_notebook(all_notebooks(), [artifacts.load_run("01_first")])
    files = write_page_figures(tmp_path, found)
    assert len(files) == 5
    for file in files:
        assert Image.open(file).width > 200


def test_a_page_holds_question_runs_and_figures(recorded_runs):
    notebook = all_notebooks()[1]
    runs = [artifacts.load_run("02_second/a"), artifacts.load_run("02_second/b")]
    text = page_text(notebook, runs)
    assert "# 02 · Title of second" in text
    assert "**Question.** Why second?" in text
    assert "| b | 100.0 % | 100.0 % [87.9, 100.0] |" in text
    assert text.index("| b |") < text.index("| a |")
    assert "In detail: `02_second/b`" in text
    assert "(02_second/confusion.webp)" in text


def test_runs_with_other_labels_have_a_table_of_their_own(perceived_run):
    notebook = all_notebooks()[1]
    runs = [artifacts.load_run("02_second/b"), perceived_run]
    text = page_text(notebook, runs)
    assert (
        text.index("| b |")
        < text.index("compare with no other table")
        < text.index("| b/perceived |")
    )
    assert "In detail: `02_second/b`, the best of the first table on validation." in text
