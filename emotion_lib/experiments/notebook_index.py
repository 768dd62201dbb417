"""The index of the notebooks, ``notebooks/README.md``: question, result, one finding, figure."""

from collections.abc import Mapping, Sequence

from ..artifacts import Run
from .notebook_text import NotebookText
from .results_pages import thumbnail
from .run_groups import folded
from .run_texts import accuracy_text, number_text

# By whose labels an accuracy is, by the name of the data set in a record.
_LABELS = {
    "fer2013": ", by FER-2013's own labels",
    "ferplus": ", by the majority of FER+'s taggers",
    "ferplus perceived": ", by the viewers' most frequent answer",
}
# What is above this line of the page is written by hand.
BEGIN = "<!-- index: written by `emotion report docs` from the notebooks and the records -->"


def with_index(
    page: str, notebooks: Sequence[NotebookText], found: Mapping[NotebookText, Sequence[Run]]
) -> str:
    """Return a page whose part below :data:`BEGIN` is the index of the notebooks.

    Args:
        page: the page as it is, with another index or without one.
        notebooks: all of them, in order.
        found: the runs of those that made any.
    """
    by_hand = page.partition(BEGIN)[0]
    return f"{by_hand}{BEGIN}\n\n{index_text(notebooks, found)}"


def index_text(
    notebooks: Sequence[NotebookText], found: Mapping[NotebookText, Sequence[Run]]
) -> str:
    """Return the index as Markdown.

    Args:
        notebooks: all of them, in order.
        found: the runs of those that made any.
    """
    parts = ["## Index\n"]
    for notebook in notebooks:
        stem = notebook.path.stem
        lines = [f"### [{notebook.heading}]({notebook.path.name})", ""]
        runs = found.get(notebook, [])
        if runs:
            image = f"../docs/results/{thumbnail(notebook, runs)}"
            page = f"../docs/results/{stem}.md"
            lines += [f'<a href="{page}"><img src="{image}" width="320" alt="Recall"></a>', ""]
        lines += [f"**Question.** {notebook.question}", ""]
        if runs:
            lines += [f"**Result.** {_result(runs)}. [All figures]({page})", ""]
        if notebook.time:
            lines += [f"**Time.** {notebook.time}", ""]
        if notebook.first_finding:
            lines += [f"**Finding.** {notebook.first_finding}", ""]
        parts.append("\n".join(lines))
    return "\n".join(parts).rstrip("\n") + "\n"


def _result(runs: Sequence[Run]) -> str:
    """Return the result of the best network on validation, of all its seeds."""
    best = folded(runs)[0]
    tests = [run.record.metrics.test for run in best.runs]
    result = f"{accuracy_text(*tests)} of {tests[0].n:,} test images"
    if tests[0].mean_average_precision is not None:
        mean = number_text(*[test.mean_average_precision for test in tests])
        return f"`{best.name}`: mAP {mean}, all labels right in {result}"
    labels = _LABELS.get(best.runs[0].record.data.name, "")
    return f"`{best.name}`: right in {result}{labels}"
