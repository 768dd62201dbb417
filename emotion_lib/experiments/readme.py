"""Results in README.md: the served model, accuracy against cost, and a short table."""

import re
from pathlib import Path

from .. import artifacts
from ..errors import EmotionError
from ..files import write_text
from ..paths import ROOT, best_dir
from ..training.second_head import OWN_LABELS
from .model_convention import is_perceived
from .notebook_text import all_notebooks
from .overview import readme_results
from .shares import percent, percent_with_interval

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
    served = artifacts.read_record(best_dir() / "run.json")
    return "\n\n".join(
        [
            _served_sentences(served),
            "![Accuracy against multiply-adds per face](docs/results/accuracy_against_cost.webp)",
            readme_results(all_notebooks(), artifacts.runs()),
            "The best run of each method by validation, on FER-2013's PrivateTest. "
            "[All runs](docs/results.md), [a page per notebook](notebooks/README.md).",
        ]
    )


def _served_sentences(record: artifacts.Record) -> str:
    """Return sentences on how often the served model gives whose answers."""
    test = record.metrics.test
    answer = "the label"
    if is_perceived(record):
        answer = "the answer of most of ten viewers (FER+)"
    accuracy = percent_with_interval(test.accuracy, test.accuracy_interval_95)
    found = f"Of {test.n:,} test images it gives {answer} for {accuracy}"
    without_twins = record.metrics.test_without_twins
    if without_twins is not None:
        found += (
            f", and for {percent(without_twins.accuracy)} of the {without_twins.n:,} that have no "
            "pixel-identical image in the original training split"
        )
    sentences = [f"The served model comes from the run `{record.name}`.", f"{found}."]
    own = record.metrics.further.get(OWN_LABELS["test"])
    if own is not None:
        sentences.append(
            "It gives FER-2013's own label, mostly one person's word, for "
            f"{percent_with_interval(own.accuracy, own.accuracy_interval_95)} of {own.n:,}."
        )
    missing = artifacts.missing_parents(record, ROOT / "artifacts")
    if missing:
        sentences.append(
            "It cannot be made again exactly, because no record was kept of its teacher "
            f"{' and '.join(missing)}; promotion refuses such models now."
        )
    return " ".join(sentences)
