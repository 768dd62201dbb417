"""Sentences on whose answers the served model gives: FER-2013's own labels, or FER+'s viewers."""

from ..artifacts import Figures, Record
from ..datasets.sources.ferplus import PERCEIVED_NAME
from ..models.heads import PERCEIVED
from ..training.second_head import LABEL_HEAD, OWN_LABELS
from .served_files import LABEL_HEAD_BY_VIEWERS

_LABELS = (
    "It answers as viewers do: the labels of the figures below are the most frequent of the "
    "answers that ten viewers gave for each face (FER+). Faces with two most frequent answers are "
    "left out.",
)
_CHANGE = (
    "Earlier models answered by FER-2013's own labels, which are words of a picture search that "
    "people checked: more often than viewers, they took calm faces for angry or sad ones, and "
    "surprise for fear.",
)
_SECOND_HEAD = "The label head is another output of the same network, which is not served."
_RESCALED = (
    "The label head is the same network with its scores scaled to FER-2013's own labels instead of "
    "the viewers' votes, as it was served before; no weight was trained for the change."
)


def is_perceived(record: Record) -> bool:
    """Return whether a model answers as FER+'s viewers do."""
    return record.data.name == PERCEIVED_NAME


def label_head_recall(record: Record) -> dict[str, float]:
    """Return the recall of the label head by the viewers' answers on test; {}: not recorded."""
    figures = record.metrics.further.get(LABEL_HEAD_BY_VIEWERS)
    if figures is None:
        return {}
    return {name: value for name, value in figures.recall.items() if value is not None}


def convention(record: Record) -> list[tuple[str, ...]]:
    """Return paragraphs on a model of perceived expression: what changed, why, and the price.

    Args:
        record: of the served model. For one of FER-2013's own labels there are no paragraphs.
    """
    if not is_perceived(record):
        return []
    return [_LABELS, _agreement(record), (*_CHANGE, _origin_of_label_head(record), *_price(record))]


def _agreement(record: Record) -> tuple[str, ...]:
    """Return the agreement with the viewers, and beside it that with FER-2013's own labels."""
    metrics = record.metrics
    sentences = [f"It gives the viewers' answer for {_accuracy(metrics.test)} of PrivateTest."]
    own = metrics.further.get(OWN_LABELS["test"])
    if own is not None:
        sentences.append(f"It gives FER-2013's own label for {_accuracy(own)}.")
    label_head = metrics.further.get(LABEL_HEAD["test"])
    if label_head is not None:
        sentences.append(
            "For comparison with other work, which uses these labels: the network's label head "
            f"gives them for {_accuracy(label_head)}."
        )
    return tuple(sentences)


def _origin_of_label_head(record: Record) -> str:
    return _SECOND_HEAD if record.name.endswith(f"/{PERCEIVED}") else _RESCALED


def _price(record: Record) -> tuple[str, ...]:
    """Return which classes are recognised less often than by the label head, and which more."""
    before = label_head_recall(record)
    less = []
    more = []
    for name, value in record.metrics.test.recall.items():
        if value is None or name not in before:
            continue
        change = f"{name} ({before[name]:.1%} to {value:.1%})"
        if value < before[name]:
            less.append(change)
        elif value > before[name]:
            more.append(change)
    sentences = []
    if less:
        sentences.append(
            "The price: by the viewers' answers, the served output recognises fewer faces of "
            f"{_listed(less)} than the label head."
        )
    if more:
        sentences.append(f"It recognises more of {_listed(more)}.")
    return tuple(sentences)


def _listed(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _accuracy(figures: Figures) -> str:
    low, high = figures.accuracy_interval_95
    return f"{figures.accuracy:.1%} [{low:.1%}, {high:.1%}] (n = {figures.n:,})"
