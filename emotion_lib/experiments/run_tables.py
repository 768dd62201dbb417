"""Tables of recorded runs in Markdown."""

from collections.abc import Mapping, Sequence

from ..artifacts import Run
from ..datasets.sources.ferplus import PERCEIVED_NAME
from ..training.second_head import LABEL_HEAD
from .markdown import table
from .model_convention import is_perceived
from .result_figures import best_first, short_name
from .shares import percent, percent_with_interval

# Names of the data sets in tables; others appear under their own names.
DATASETS = {
    "fer2013": "FER-2013, seven expressions",
    "ferplus": "FER+, eight expressions by the majority of ten taggers",
    PERCEIVED_NAME: "FER+, seven expressions by the most frequent answer of ten viewers",
    "ferplus multi-label": "FER+, every expression with at least 30 % of the votes",
    "emoji": "Emoji, happy or sad, cross-validated by code point",
    "emoji_scenes": "Scenes composed from emoji, ten labels",
}


def runs_table(runs: Sequence[Run], served: str = "", whole_names: bool = True) -> str:
    """Return a table of runs on the same data set, ordered by descending score on validation.

    Args:
        runs: at least one.
        served: name of the served run, which is set in bold.
        whole_names: write the notebook's name, too.
    """
    rows = []
    several_labels = any(_is_multi_label(run) for run in runs)
    for run in best_first(runs):
        test = run.record.metrics.test
        without_twins = run.record.metrics.test_without_twins
        name = run.name if whole_names else short_name(run)
        row = {
            "run": f"**{name}** (served)" if run.name == served else name,
            "validation": percent(run.record.metrics.val.accuracy),
            "test [95 % interval]": percent_with_interval(test.accuracy, test.accuracy_interval_95),
            "without twins": percent(without_twins.accuracy if without_twins else None),
            "macro-F1": f"{test.macro_f1:.3f}",
            "parameters": f"{run.record.model.parameters:,}",
            "initial weights": run.record.model.weights,
            "training": training_time(run),
            "device": f"{run.record.training.device} ({run.record.training.backend})",
        }
        if several_labels:
            row["mAP"] = f"{test.mean_average_precision or 0:.3f}"
        row["changed parameters"] = changes(run) or "–"
        rows.append(row)
    return table_of(rows)


def further_table(runs: Sequence[Run], whole_names: bool = True) -> str:
    """Return a table of the other evaluations of some runs; empty if there are none.

    The label head of a network with two heads has rows of its own run alone.

    Args:
        runs: of any data sets.
        whole_names: write the notebook's name, too.
    """
    rows = []
    for run in best_first(runs):
        for name, figures in run.record.metrics.further.items():
            if name in LABEL_HEAD.values():
                continue
            error = figures.calibration_error
            interval = figures.accuracy_interval_95
            row = {
                "run": run.name if whole_names else short_name(run),
                "evaluated on": _with_labels(name, run),
                "images": f"{figures.n:,}",
                "accuracy [95 % interval]": percent_with_interval(figures.accuracy, interval),
                "balanced accuracy": percent(figures.balanced_accuracy),
                "calibration error": "–" if error is None else f"{error:.3f}",
            }
            rows.append(row)
    return table_of(rows) if rows else ""


def _with_labels(name: str, run: Run) -> str:
    """Return the name of an evaluation, with the labels where a run has others than FER-2013's."""
    if is_perceived(run.record) and name.startswith(("validation,", "test,")):
        return f"{name}, viewers' answers"
    return name


def table_of(rows: Sequence[Mapping[str, str]]) -> str:
    """Return a Markdown table of rows that have the same columns; at least one row."""
    return table(list(rows[0]), [list(row.values()) for row in rows])


def changes(run: Run) -> str:
    """Return the parameters that differ from the notebook's defaults, such as "`EPOCHS=6`"."""
    texts = [f"`{name}={value!r}`" for name, value in run.record.changed.items()]
    return ", ".join(texts)


def training_time(run: Run) -> str:
    """Return the length of a run's training, such as "14 min, 24 epochs"."""
    training = run.record.training
    if not training.seconds:
        return "–"
    minutes = training.seconds / 60
    time = f"{minutes:.0f} min" if minutes >= 1 else f"{training.seconds:.0f} s"
    if training.epochs:
        return f"{time}, {training.epochs} epochs"
    return time


def _is_multi_label(run: Run) -> bool:
    return run.record.metrics.test.mean_average_precision is not None
