"""The short table of results in README.md: the served model, then the best run of each method."""

from collections.abc import Mapping, Sequence

from .. import artifacts
from ..artifacts import Record, Run
from .model_convention import is_perceived
from .multiply_adds import multiply_adds
from .notebook_text import NotebookText
from .perceived_tables import by_own_labels, label_run_name, of_label_head
from .run_groups import folded, is_trained_here
from .run_tables import table_of
from .run_texts import accuracy_text, training_time
from .shares import millions, percent

# Rows of the table.
ROWS = 10
# Notebooks without a method of their own: they train others' networks for a short time, to see
# what a part of the recipe, copies, doubtful labels or a search are worth.
WITHOUT_METHOD = {"16_recipe_ablation", "21_leakage", "22_labels", "24_search"}
DATASET = "fer2013"
VIEWERS = "agreement with viewers [95 % interval]"


def best_per_notebook(runs: Sequence[Run]) -> list[Run]:
    """Return the best run on validation of each notebook that presents a method, on FER-2013.

    The best of several seeds would be one of luck, so the middle one stands for them.
    """
    found = {}
    for group in folded(runs):
        run = group.middle
        notebook = group.notebook
        # Neither the served model in another format, or a classifier on its features, nor the model
        # of another project is a method of this one.
        if not is_trained_here(run):
            continue
        if run.record.data.name == DATASET and notebook not in WITHOUT_METHOD:
            found.setdefault(notebook, run)
    return list(found.values())


def readme_table(notebooks: Sequence[NotebookText], runs: Sequence[Run], served: Run) -> str:
    """Return README.md's table: the served model, then the best run of each method.

    Agreement with FER+'s viewers has a column if the served model answers as they do, or if another
    of the networks has a head that does.

    Args:
        notebooks: for the titles.
        runs: all full runs.
        served: the served model.
    """
    titles = {notebook.path.stem: notebook.title for notebook in notebooks}
    counted = multiply_adds()
    chosen = [run for run in best_per_notebook(runs) if run.name != served.name]
    short = artifacts.short_names([served.name, *(run.name for run in chosen)])
    perceived = {label_run_name(run): run for run in runs if is_perceived(run.record)}
    rows = [_row(served, "The served model", short[served.name], perceived, counted)]
    for run in chosen:
        notebook = run.name.split("/")[0]
        title = titles.get(notebook, notebook)
        rows.append(_row(run, title, short[run.name], perceived, counted))
    rows = rows[:ROWS]
    if all(row[VIEWERS] == "–" for row in rows):
        for row in rows:
            del row[VIEWERS]
    return table_of(rows)


def _row(
    run: Run, title: str, short: str, perceived: Mapping[str, Run], counted: Mapping[str, int]
) -> dict[str, str]:
    """Return a row of the table.

    Args:
        run: the run.
        title: of the method.
        short: abbreviation of the run's name.
        perceived: runs of perceived expression by the name of the run with the label head.
        counted: multiply-adds by the name of the run.
    """
    record = run.record
    cost = record.model.multiply_adds or counted.get(label_run_name(run))
    answers = run if is_perceived(record) else perceived.get(run.name)
    return {
        "method": f"[{title}](docs/results/{run.name.split('/')[0]}.md)",
        "run": short,
        VIEWERS: accuracy_text(answers.record.metrics.test if answers else None),
        "accuracy [95 % interval]": _by_labels(record),
        "without twins": _without_twins(record),
        "parameters": f"{record.model.parameters:,}",
        "multiply-adds": millions(cost),
        "training, on": training_time([run]),
    }


def _by_labels(record: Record) -> str:
    """Return the accuracy by FER-2013's labels, of perceived expression with the label head's."""
    if not is_perceived(record):
        return accuracy_text(record.metrics.test)
    text = accuracy_text(by_own_labels(record))
    label_head = of_label_head(record)
    if label_head is None:
        return text
    return f"{text}; label head {percent(label_head.accuracy)}"


def _without_twins(record: Record) -> str:
    """Return the accuracy without twins by FER-2013's labels; a dash for perceived expression."""
    figures = None if is_perceived(record) else record.metrics.test_without_twins
    return percent(figures.accuracy if figures else None)
