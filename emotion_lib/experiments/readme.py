"""Results in README.md: the served model, accuracy against cost, and a short table."""

import re
from pathlib import Path

from .. import artifacts
from ..errors import EmotionError
from ..files import write_text
from ..paths import ROOT
from .notebook_text import all_notebooks
from .readme_table import ROWS, VIEWERS, best_per_notebook, readme_table
from .served_run import served_run
from .served_sentence import served_sentence

_BEGIN = "<!-- results: "
_SECTION = re.compile(r"(<!-- results: [^>]*-->\n).*?(<!-- end of results -->)", re.DOTALL)


class ReadmeError(EmotionError, ValueError):
    """Markdown file without the markers of the results."""


def write_readme(path: Path = ROOT / "README.md") -> Path:
    """Replace the results between the markers of a Markdown file, and return its path.

    Args:
        path: file with ``<!-- results: ... -->`` and ``<!-- end of results -->``.

    Raises:
        ArtifactError: the served model has no record.
        ReadmeError: the markers are missing.
    """
    results = results_section()
    text = path.read_text(encoding="utf-8")
    new, count = _SECTION.subn(lambda match: f"{match[1]}{results}\n{match[2]}", text)
    if count != 1:
        raise ReadmeError(
            f"Expected one {_BEGIN}... --> and one <!-- end of results --> in {path}. "
            f"Received: {count}."
        )
    write_text(path, new)
    return path


def results_section() -> str:
    """Return the accuracy of the served model, the figure of cost, and the table of methods.

    Raises:
        ArtifactError: the served model has no record.
    """
    served = served_run()
    runs = artifacts.runs()
    methods = readme_table(all_notebooks(), runs, served)
    known = len([run for run in best_per_notebook(runs) if run.name != served.name])
    shown = min(known, ROWS - 1)
    labels = "on FER-2013's PrivateTest."
    if VIEWERS in methods:
        labels = (
            "on PrivateTest. Accuracy is by FER-2013's labels, agreement with viewers by the most "
            "frequent answer of FER+'s ten."
        )
    return "\n\n".join(
        [
            served_sentence(served.record),
            "![Accuracy against multiply-adds per face](docs/results/accuracy_against_cost.webp)",
            methods,
            f"The {shown} best of {known} methods, each with its best network by validation and of "
            f"several seeds with the middle one, {labels} "
            "[All runs](docs/results.md), [a page per notebook](notebooks/README.md).",
        ]
    )
