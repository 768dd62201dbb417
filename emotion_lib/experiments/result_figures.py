"""Figures of recorded runs, drawn from their tracked scores and training curves."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from .. import plots
from ..artifacts import Run, short_names
from ..files import atomic_file, digest_of, sha256
from .recorded_scores import evaluation_of, history_of
from .run_groups import best_first, folded

# More runs than this in one figure cannot be distinguished.
MOST_RUNS = 6
# Curves of confidence lie closer together.
MOST_CONFIDENCE_CURVES = 3

CAPTIONS = {
    "curves": "Training curves; the dotted line marks the epoch that was kept.",
    "validation_curves": "The metric that chose the epoch, on validation, run by run.",
    "confusion": "Confusion matrix on test; each row is a true class and sums to 100 %.",
    "recall": "Recall per class on test, with 95 % intervals.",
    "reliability": "Reliability on test; on the diagonal the confidence equals the accuracy.",
    "risk_coverage": "Risk and coverage on test: the share of wrong answers if only the most "
    "confident images are answered.",
    "average_precision": "Average precision per label on test; a random ranking reaches the black "
    "line.",
    "co_occurrence": "Predicted labels (columns) of the test images with a true label (rows).",
    "label_confusions": "Confusion matrix per label on test, in images.",
}


def planned_figures(runs: Sequence[Run]) -> dict[str, Callable[[], Figure]]:
    """Return the figures of a notebook's runs: a function that draws it by the figure's name.

    Args:
        runs: the runs of one notebook; at least one.
    """
    shown = shown_runs(runs)
    names = short_names(run.name for run in shown)
    evaluations = {}
    histories = {}
    for run in shown:
        evaluations[names[run.name]] = evaluation_of(run)
        history = history_of(run)
        if history is not None:
            histories[names[run.name]] = history
    best = names[shown[0].name]
    first = evaluations[best]
    planned: dict[str, Callable[[], Figure]] = {}
    if best in histories:
        planned["curves"] = partial(plots.history, histories[best])
    if len(histories) > 1:
        planned["validation_curves"] = partial(plots.validation_curves, histories)
    title = f"{best}, test, n = {first.n:,}"
    if first.multi_label:
        planned["average_precision"] = partial(plots.average_precision, evaluations)
        planned["co_occurrence"] = partial(plots.co_occurrence, first, title)
        planned["label_confusions"] = partial(plots.label_confusions, first)
        return planned
    planned["confusion"] = partial(plots.confusion_matrix, first, title)
    planned["recall"] = partial(plots.recall, evaluations)
    few = dict(list(evaluations.items())[:MOST_CONFIDENCE_CURVES])
    planned["reliability"] = partial(plots.reliability, few)
    planned["risk_coverage"] = partial(plots.risk_coverage, few)
    return planned


def shown_runs(runs: Sequence[Run]) -> list[Run]:
    """Return the runs that the figures of a notebook show, best on validation first.

    The first is shown in detail, the others beside it: at most :data:`MOST_RUNS`, all of them
    evaluated on the same images. Of several seeds it is the middle one.

    Args:
        runs: the runs of one notebook; at least one.
    """
    return _comparable([group.middle for group in folded(runs)])[:MOST_RUNS]


def _comparable(ordered: Sequence[Run]) -> list[Run]:
    """Return the runs with the classes and the test images of the first."""
    first = ordered[0].record
    found = []
    for run in ordered:
        same_classes = tuple(run.record.class_names) == tuple(first.class_names)
        if same_classes and run.record.metrics.test.n == first.metrics.test.n:
            found.append(run)
    return found


def input_digest(runs: Sequence[Run]) -> str:
    """Return 12 hex digits of the SHA-256 of everything that the figures of these runs show."""
    parts = []
    for run in best_first(runs):
        parts.append(run.name)
        for name in ("history.csv", "test_scores.npz"):
            file = run.folder / name
            if file.is_file():
                parts.append(sha256(file))
    return digest_of(*parts, length=12)


def write_figure(draw: Callable[[], Figure], file: Path) -> None:
    """Draw a figure into a small WebP file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(file) as temporary:
        # Sharp letters, for a tenth more bytes than with losses.
        draw().savefig(temporary, dpi=80, pil_kwargs={"lossless": True, "method": 6})
