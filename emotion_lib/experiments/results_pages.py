"""Pages of results: one per notebook, ``docs/results/NN_name.md``, from tracked records alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..artifacts import Run
from ..paths import notebooks_dir
from .model_convention import is_perceived
from .notebook_text import NotebookText
from .perceived_tables import CONVENTION
from .result_figures import (
    CAPTIONS,
    MOST_CONFIDENCE_CURVES,
    input_digest,
    planned_figures,
    shown_runs,
    write_figure,
)
from .run_groups import folded, group_names
from .run_tables import (
    DATASETS,
    changed_parameters,
    further_table,
    groups_table,
    notes_on,
    runs_table,
)


def runs_by_notebook(
    notebooks: Sequence[NotebookText], runs: Sequence[Run]
) -> dict[NotebookText, list[Run]]:
    """Return the runs that each notebook made, without the notebooks that made none.

    Runs that no notebook here made, such as those of ``emotion train``, follow at the end under the
    first part of their names.
    """
    texts = {notebook.path.stem: notebook for notebook in notebooks}
    found: dict[NotebookText, list[Run]] = {}
    for notebook in notebooks:
        own = [run for run in runs if run.name.split("/")[0] == notebook.path.stem]
        if own:
            found[notebook] = own
    for run in runs:
        stem = run.name.split("/")[0]
        if stem not in texts:
            other = NotebookText(notebooks_dir() / f"{stem}.ipynb", stem, "", "", "")
            found.setdefault(other, []).append(run)
    return found


def page_text(notebook: NotebookText, runs: Sequence[Run]) -> str:
    """Return the page of a notebook as Markdown.

    Args:
        notebook: its prose.
        runs: its recorded runs; at least one.
    """
    stem = notebook.path.stem
    links = ["[all results](../results.md)", "[all notebooks](../../notebooks/README.md)"]
    parts = [
        f"# {notebook.heading}",
        f"<!-- Written by `emotion report docs`. Digest of the figures' data: "
        f"{input_digest(runs)} -->",
    ]
    if notebook.question:
        parts.append(f"**Question.** {notebook.question}")
        links.insert(0, f"[The notebook](../../notebooks/{stem}.ipynb)")
    parts.append(" · ".join(links))
    if notebook.findings:
        parts += ["## Findings", notebook.findings]
    parts.append("## Runs")
    groups = folded(runs)
    names = group_names(groups)
    for data_set in dict.fromkeys(group.runs[0].record.data.name for group in groups):
        chosen = [group for group in groups if group.runs[0].record.data.name == data_set]
        own = [run for run in runs if run.record.data.name == data_set]
        parts += [
            f"{DATASETS.get(data_set, data_set)}: {notes_on(own)}",
            groups_table(chosen, names),
        ]
        if is_perceived(chosen[0].runs[0].record):
            parts.insert(-1, CONVENTION)
    parts.append(_every_run(runs))
    further = further_table(groups, names)
    if further:
        parts += ["## Other evaluations", further]
    parts += ["## Figures", _shown(runs)]
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
        digest = input_digest(runs)
        pages = [folder / f"{notebook.path.stem}{suffix}" for suffix in (".md", ".html")]
        known = [page for page in pages if page.is_file() and digest in page.read_text("utf-8")]
        for name, draw in planned_figures(runs).items():
            file = folder / notebook.path.stem / f"{name}.webp"
            if redraw or not known or not file.is_file():
                write_figure(draw, file)
            files.append(file)
    return files


def _every_run(runs: Sequence[Run]) -> str:
    """Return a folded section with one row per run, under its whole name."""
    parts = [
        "<details>",
        f"<summary>Every run: {len(runs)}, with whole names, seeds and changes</summary>",
        runs_table(runs),
    ]
    changes = changed_parameters(runs)
    if changes:
        parts += ["Parameters that differ from the notebook's:", changes]
    return "\n\n".join([*parts, "</details>"])


def _shown(runs: Sequence[Run]) -> str:
    """Return which of the runs the figures show."""
    shown = shown_runs(runs)
    sentences = [f"In detail: `{shown[0].name}`, the best on validation."]
    if len(shown) > 1:
        few = min(len(shown), MOST_CONFIDENCE_CURVES)
        sentences.append(
            f"Figures of several runs show the {len(shown)} best of those with the same test "
            f"images, reliability and risk the {few} best."
        )
    if len(runs) > len(folded(runs)):
        sentences.append("Of several seeds the middle one on validation is shown.")
    return " ".join(sentences)
