from conftest import write_run
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
    assert "| 02 b | 100.0 % | 100.0 % [87.9, 100.0] |" in text
    assert text.index("| 02 b |") < text.index("| 02 a |")
    assert "In detail: `02_second/b`" in text
    assert "(02_second/confusion.webp)" in text


def test_runs_with_other_labels_have_a_table_of_their_own(perceived_run):
    notebook = all_notebooks()[1]
    runs = [artifacts.load_run("02_second/b"), perceived_run]
    text = page_text(notebook, runs)
    assert (
        text.index("| 02 b |")
        < text.index("compare with no other table")
        < text.index("| 02 b perceived |")
    )
    assert "In detail: `02_second/b`, the best on validation." in text


def test_runs_without_a_notebook_have_a_page(recorded_runs):
    write_run(recorded_runs, "own/mine")
    found = runs_by_notebook(all_notebooks(), artifacts.runs())
    assert [notebook.path.stem for notebook in found] == ["01_first", "02_second", "own"]
    notebook, runs = list(found.items())[-1]
    text = page_text(notebook, runs)
    assert text.startswith("# own\n")
    assert "`own/mine`" in text and "The notebook" not in text


def test_a_page_says_which_runs_its_figures_show(recorded_runs):
    for seed in range(3):
        write_run(recorded_runs, f"02_second/seed-{seed}", seed=seed)
    runs = [run for run in artifacts.runs() if run.name.startswith("02")]
    text = page_text(all_notebooks()[1], runs)
    assert "Figures of several runs show the 3 best of those" in text
    assert "Of several seeds the middle one" in text
    assert "Every run: 5, with" in text
    for run in runs:
        assert f"`{run.name}`" in text
