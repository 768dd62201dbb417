"""Tables of recorded runs in Markdown: one row per network, its seeds together."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..artifacts import Figures, Record, Run
from ..datasets.sources.ferplus import PERCEIVED_NAME
from ..training.second_head import LABEL_HEAD
from .markdown import table
from .model_convention import is_perceived
from .perceived_tables import by_own_labels, of_label_head
from .run_groups import RunGroup, best_first
from .run_texts import accuracy_text, number_text, share_text, training_time
from .shares import percent

# Names of the data sets in tables; others appear under their own names.
DATASETS = {
    "fer2013": "FER-2013, seven expressions",
    "fer2013_with_twins": "FER-2013 with copies of its test images in training",
    PERCEIVED_NAME: "FER+, seven expressions by the most frequent answer of ten viewers",
    "ferplus": "FER+, eight expressions by the majority of ten taggers",
    "ferplus multi-label": "FER+, every expression with at least 30 % of the votes",
    "emoji": "Emoji, happy or sad, cross-validated by code point",
    "emoji_scenes": "Scenes composed from emoji, ten labels",
}
Cell = Callable[[Sequence[Run]], str]


def groups_table(
    groups: Sequence[RunGroup],
    names: Mapping[str, str],
    served: str = "",
    page: str = "",
    ranks: Mapping[Path, int] | None = None,
) -> str:
    """Return a table of runs on the same data set, in their order.

    Args:
        groups: at least one.
        names: what to write instead of a group's name.
        served: name of the served run, which is set in bold.
        page: address of a notebook's page with ``{}`` for its name; "": no links.
        ranks: of the groups' middle runs (see :func:`.run_ranks.run_ranks`); without any there is
            no column of them.
    """
    cells = _columns([run for group in groups for run in group.runs])
    rows = []
    for group in groups:
        name = names[group.name]
        text = f"[{name}]({page.format(group.notebook)})" if page else name
        if served in [run.name for run in group.runs]:
            text = f"**{text}** (served)"
        rank = {"rank": str(ranks.get(group.middle.folder, "–"))} if ranks else {}
        figures = {header: cell(group.runs) for header, cell in cells.items()}
        rows.append(rank | {"run": text} | figures)
    return table_of(rows)


def runs_table(runs: Sequence[Run]) -> str:
    """Return a table of single runs with their whole names: how each of them was trained.

    Args:
        runs: at least one.
    """
    rows = []
    for run in best_first(runs):
        record = run.record
        row = {
            "run": f"`{run.name}`",
            "seed": "–" if record.seed is None else str(record.seed),
            "validation": percent(record.metrics.val.accuracy),
            "test [95 % interval]": accuracy_text(record.metrics.test),
            "initial weights": record.model.weights,
            "kept epoch": str(record.training.chosen_epoch or "–"),
            "training": training_time([run]),
            "date": record.date[:10],
        }
        rows.append(row)
    return table_of(rows)


def further_table(groups: Sequence[RunGroup], names: Mapping[str, str]) -> str:
    """Return a table of the other evaluations of some runs; empty if there are none.

    The label head of a network with two heads has rows of its own run alone.

    Args:
        groups: of any data sets.
        names: what to write instead of a group's name.
    """
    rows = []
    for group in groups:
        for name, figures in _further(group.runs).items():
            row = {
                "run": names[group.name],
                "evaluated on": _with_labels(name, group.runs[0]),
                "images": f"{figures[0].n:,}",
                "accuracy [95 % interval]": accuracy_text(*figures),
                "balanced accuracy": share_text(*[one.balanced_accuracy for one in figures]),
                "calibration error": number_text(*[one.calibration_error for one in figures]),
            }
            rows.append(row)
    return table_of(rows) if rows else ""


def _further(runs: Sequence[Run]) -> dict[str, list[Figures]]:
    """Return the other evaluations of the seeds of one network, by name.

    A run may hold the evaluations of other seeds itself: "validation, seed 1" and "validation,
    shifted, seed 1" are further seeds of its validation and of "validation, shifted".
    """
    found: dict[str, list[Figures]] = {}
    for run in runs:
        metrics = run.record.metrics
        for whole_name, figures in metrics.further.items():
            name, is_seed, _ = whole_name.partition(", seed ")
            if name in LABEL_HEAD.values():
                continue
            own = [metrics.val] if is_seed and name == "validation" else []
            found.setdefault(name, own).append(figures)
    return {
        f"{name}, {len(figures)} seeds" if len(figures) > 1 else name: figures
        for name, figures in found.items()
    }


def table_of(rows: Sequence[Mapping[str, str]]) -> str:
    """Return a Markdown table of rows that have the same columns; at least one row."""
    return table(list(rows[0]), [list(row.values()) for row in rows])


def notes_on(runs: Sequence[Run]) -> str:
    """Return what a table of runs on one data set shows, in sentences.

    Args:
        runs: of one data set; at least one.
    """
    metrics = runs[0].record.metrics
    sentences = [f"{metrics.test.n:,} test images. Best on validation first."]
    if metrics.test.mean_average_precision is not None:
        sentences.append(
            'Ordered by the mean average precision (mAP). "All labels right": the share of images '
            "without a wrong or a missing label."
        )
    if any(run.record.metrics.val.thresholds for run in runs):
        sentences.append(
            "The thresholds that turn scores into labels were fitted on validation, so validation "
            "flatters this share; the mAP needs no threshold, and test had no part in either."
        )
    without_twins = metrics.test_without_twins
    if without_twins is not None:
        sentences.append(
            f'"Without twins": on the {without_twins.n:,} test images that have no pixel-identical '
            "image in the original training split."
        )
    foreign = [run for run in runs if run.record.model.weights.startswith("made elsewhere")]
    if foreign:
        names = " and ".join(f"`{run.name}`" for run in foreign)
        sentences.append(
            f"Trained by another project, whose training data may hold test images: {names}."
        )
    return " ".join(sentences)


def changed_parameters(runs: Sequence[Run]) -> str:
    """Return a Markdown list of the parameters that differ from the notebook's; "" if none do."""
    found: dict[str, list[str]] = {}
    for run in runs:
        texts = [f"`{name}={value!r}`" for name, value in run.record.changed.items()]
        if texts:
            found.setdefault(", ".join(texts), []).append(f"`{run.name}`")
    return "\n".join(f"- {', '.join(names)}: {texts}" for texts, names in found.items())


def _columns(runs: Sequence[Run]) -> dict[str, Cell]:
    """Return the text of each column behind the name, as a function of the runs of a row."""
    if is_perceived(runs[0].record):
        columns = _accuracy_columns() | {
            "balanced accuracy": _shares(lambda one: one.metrics.test.balanced_accuracy),
            "by FER-2013's labels": _accuracies(by_own_labels),
            "label head, by FER-2013's labels": _accuracies(of_label_head),
        }
    elif any(run.record.metrics.test.mean_average_precision is not None for run in runs):
        columns = {
            "mAP, validation": _numbers(lambda one: one.metrics.val.mean_average_precision),
            "mAP, test": _numbers(lambda one: one.metrics.test.mean_average_precision),
            "all labels right, validation": _shares(lambda one: one.metrics.val.accuracy),
            "all labels right, test [95 % interval]": _accuracies(lambda one: one.metrics.test),
            "macro-F1": _numbers(lambda one: one.metrics.test.macro_f1),
        }
    else:
        columns = _accuracy_columns() | {
            "macro-F1": _numbers(lambda one: one.metrics.test.macro_f1)
        }
    return columns | {"parameters": _parameters, "training": training_time}


def _accuracy_columns() -> dict[str, Cell]:
    return {
        "validation": _shares(lambda one: one.metrics.val.accuracy),
        "test [95 % interval]": _accuracies(lambda one: one.metrics.test),
        "without twins": _shares(_without_twins),
    }


def _shares(value: Callable[[Record], float | None]) -> Cell:
    return lambda runs: share_text(*[value(run.record) for run in runs])


def _numbers(value: Callable[[Record], float | None]) -> Cell:
    return lambda runs: number_text(*[value(run.record) for run in runs])


def _accuracies(value: Callable[[Record], Figures | None]) -> Cell:
    return lambda runs: accuracy_text(*[value(run.record) for run in runs])


def _without_twins(record: Record) -> float | None:
    figures = record.metrics.test_without_twins
    return None if figures is None else figures.accuracy


def _parameters(runs: Sequence[Run]) -> str:
    return f"{runs[0].record.model.parameters:,}"


def _with_labels(name: str, run: Run) -> str:
    """Return the name of an evaluation, with the labels where a run has others than FER-2013's."""
    if is_perceived(run.record) and name.startswith(("validation,", "test,")):
        return f"{name}, viewers' answers"
    return name
