"""Tables of the model card: evaluations, recall, confusion matrix, reliability."""

from ..artifacts import Figures, Record
from ..training.second_head import LABEL_HEAD, OWN_LABELS
from .markdown import table
from .model_convention import label_head_recall
from .served_files import LABEL_HEAD_BY_VIEWERS, PUBLISHED, SHIFTED

_EVALUATIONS = {
    "val": "PublicTest (validation: the checkpoint was chosen on it)",
    "test": "PrivateTest (test)",
    "test_without_twins": "PrivateTest without twins of training images",
    SHIFTED: "PublicTest, shifted: re-framed, blurred, noisy, small, compressed",
    OWN_LABELS["test"]: "PrivateTest by FER-2013's own labels",
    PUBLISHED: "PrivateTest by FER+'s published protocol, eight classes; contempt counts as wrong",
    LABEL_HEAD["test"]: "PrivateTest by FER-2013's own labels, label head (not served)",
    LABEL_HEAD_BY_VIEWERS: "PrivateTest by the viewers' answers, label head (not served)",
}


def evaluations_table(record: Record) -> str:
    """Return the table of all evaluations of a record."""
    evaluations = record.metrics.evaluations()
    rows = []
    for name, title in _EVALUATIONS.items():
        if name not in evaluations:
            continue
        figures = evaluations[name]
        cells = [title, f"{figures.n:,}", accuracy_text(figures)]
        cells += [f"{figures.balanced_accuracy:.1%}", f"{figures.macro_f1:.3f}"]
        rows.append(cells)
    header = ["split", "n", "accuracy [95 % interval]", "balanced accuracy", "macro-F1"]
    return table(header, rows)


def recall_table(record: Record) -> str:
    """Return the table of recall, with intervals and the label head if the record has them."""
    intervals = record.confusion.recall_interval_95 if record.confusion else {}
    label_head = label_head_recall(record)
    rows = []
    for name, value in record.metrics.test.recall.items():
        cell = f"{value:.1%}"
        if name in intervals:
            low, high = intervals[name]
            cell += f" [{low:.1%}, {high:.1%}]"
        cells = [name, cell]
        if name in label_head:
            cells.append(f"{label_head[name]:.1%}")
        rows.append(cells)
    title = "recall on PrivateTest"
    header = ["class", f"{title} [95 % interval]" if intervals else title]
    if label_head:
        header.append("label head, by the same answers")
    return table(header, rows)


def confusion_table(record: Record) -> list[str]:
    """Return heading and table of the confusion matrix; nothing for an older record."""
    confusion = record.confusion
    if confusion is None:
        return []
    rows = []
    for name, counts in zip(record.class_names, confusion.counts, strict=True):
        rows.append([name, *map(str, counts)])
    return [
        f"Images of PrivateTest by label (rows) and most probable class (columns), "
        f"n = {confusion.n:,}:",
        table(["", *record.class_names], rows),
    ]


def reliability_table(record: Record) -> list[str]:
    """Return heading and table of the reliability; nothing for an older record."""
    bins = record.calibration.reliability
    if not bins:
        return []
    rows = []
    for part in bins:
        rows.append([f"{part.low:.2f} to {part.high:.2f}", f"{part.n:,}", f"{part.share:.1%}"])
    return [
        "Share of faces whose label was the most probable class, by its probability "
        f"({record.calibration.split}):",
        table(["probability", "n", "share"], rows),
    ]


def accuracy_text(figures: Figures) -> str:
    """Return an accuracy with its interval, as percentages."""
    low, high = figures.accuracy_interval_95
    return f"{figures.accuracy:.1%} [{low:.1%}, {high:.1%}]"
