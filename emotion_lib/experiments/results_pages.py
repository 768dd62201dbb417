"""Pages of results: one per notebook, ``docs/results/NN_name.md``, from tracked records alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..artifacts import Run
from .notebook_text import NotebookText
from .perceived_tables import runs_of_data_set
from .result_figures import CAPTIONS, best_first, input_digest, planned_figures, write_figure
from .run_tables import DATASETS, further_table


def runs_by_notebook(
    notebooks: Sequence[NotebookText], runs: Sequence[Run]
) -> dict[NotebookText, list[Run]]:
    """Return the runs that each notebook made, without the notebooks that made none."""
    found = {}
    for notebook in notebooks:
        own = [run for run in runs if run.name.split("/")[0] == notebook.path.stem]
        if own:
            found[notebook] = own
    return found


def page_text(notebook: NotebookText, runs: Sequence[Run]) -> str:
    """Return the page of a notebook as Markdown.

    Args:
        notebook: its prose.
        runs: its recorded runs; at least one.
    """
    stem = notebook.path.stem
    parts = [
        f"# {notebook.number} · {notebook.title}",
        f"<!-- Written by `emotion report docs`. Digest of the figures' data: "
        f"{input_digest(runs)} -->",
        f"**Question.** {notebook.question}",
        f"[The notebook](../../notebooks/{stem}.ipynb) · [all results](../results.md) · "
        "[all notebooks](../../notebooks/README.md)",
    ]
    if notebook.findings:
        parts += ["## Findings", notebook.findings]
    parts.append("## Runs")
    names = list(dict.fromkeys(run.record.data.name for run in best_first(runs)))
    for name in names:
        chosen = [run for run in runs if run.record.data.name == name]
        parts += [_introduction(chosen), *runs_of_data_set(chosen, whole_names=False)]
    further = further_table(runs, whole_names=False)
    if further:
        parts += ["## Other evaluations", further]
    best = best_first(runs)[0]
    of_table = " of the first table" if len(names) > 1 else ""
    parts += ["## Figures", f"In detail: `{best.name}`, the best{of_table} on validation."]
    for name in planned_figures(runs):
        parts.append(f"![{CAPTIONS[name]}]({stem}/{name}.webp)\n\n*{CAPTIONS[name]}*")
    return "\n\n".join(parts) + "\n"


def thumbnail(notebook: NotebookText, runs: Sequence[Run]) -> str:
    """Return the path of the figure that stands for a notebook, relative to ``docs/results``."""
    planned = planned_figures(runs)
    name = "recall" if "recall" in planned else "average_precision"
    return f"{notebook.path.stem}/{name}.webp"


def write_page_figures(
    folder: Path, found: Mapping[NotebookText, Sequence[Run]], redraw: bool = False
) -> list[Path]:
    """Draw the figures of all pages, and return their paths.

    Args:
        folder: of the pages.
        found: see :func:`runs_by_notebook`.
        redraw: also draw figures that are there and whose page holds the digest of their data.
    """
    files = []
    for notebook, runs in found.items():
        page = folder / f"{notebook.path.stem}.md"
        is_current = not redraw and page.is_file() and input_digest(runs) in page.read_text("utf-8")
        for name, draw in planned_figures(runs).items():
            file = folder / notebook.path.stem / f"{name}.webp"
            if not (is_current and file.is_file()):
                write_figure(draw, file)
            files.append(file)
    return files


def _introduction(runs: Sequence[Run]) -> str:
    """Return what a table of runs on one data set shows."""
    record = runs[0].record
    name = DATASETS.get(record.data.name, record.data.name)
    sentences = [f"{name}: {record.metrics.test.n:,} test images. Best on validation first."]
    if record.metrics.test.mean_average_precision is not None:
        sentences.append(
            "An image counts as correct if all its labels are; the order is that of the mean "
            "average precision (mAP)."
        )
    without_twins = record.metrics.test_without_twins
    if without_twins is not None:
        sentences.append(
            f'"Without twins": on the {without_twins.n:,} test images that have no pixel-identical '
            "image in the original training split."
        )
    return " ".join(sentences)
