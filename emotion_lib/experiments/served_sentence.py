"""A few sentences on the accuracy of the served model, for README.md."""

from .. import artifacts
from ..artifacts import Record
from ..paths import ROOT
from .model_convention import is_perceived
from .perceived_tables import by_own_labels, of_label_head
from .run_texts import accuracy_text
from .shares import percent


def served_sentence(record: Record) -> str:
    """Return sentences on the accuracy of the served model, by the labels that it answers with.

    Args:
        record: of the served model. If it answers as FER+'s viewers do, agreement with them comes
            first, and FER-2013's own labels follow.
    """
    sentences = [f"The served model comes from the run `{record.name}`."]
    sentences += _perceived(record) if is_perceived(record) else _own_labels(record)
    missing = artifacts.missing_parents(record, ROOT / "artifacts")
    if missing:
        sentences.append(
            "It cannot be made again exactly, because no record was kept of its teacher "
            f"{' and '.join(missing)}; promotion refuses such models now."
        )
    return " ".join(sentences)


def _own_labels(record: Record) -> list[str]:
    test = record.metrics.test
    return [
        f"On the {test.n:,} test images its accuracy is {accuracy_text(test)}"
        f"{_without_twins(record)}."
    ]


def _perceived(record: Record) -> list[str]:
    test = record.metrics.test
    sentences = [
        "It answers as people perceive a face: on the "
        f"{test.n:,} test images for which ten viewers (FER+) have one most frequent answer, it "
        f"gives that answer for {accuracy_text(test)}{_without_twins(record)}.",
        f"The mean over the classes is {percent(test.balanced_accuracy)}.",
    ]
    own = by_own_labels(record)
    if own is not None:
        sentences.append(
            "It gives FER-2013's own label, a search word that people checked, for "
            f"{accuracy_text(own)} of all {own.n:,}."
        )
    label_head = of_label_head(record)
    if label_head is not None:
        sentences.append(
            "The network's label head, which is not served, does so for "
            f"{accuracy_text(label_head)}."
        )
    return sentences


def _without_twins(record: Record) -> str:
    """Return the end of a sentence, with the accuracy on the images without a twin."""
    figures = record.metrics.test_without_twins
    if figures is None:
        return ""
    return (
        f", and {percent(figures.accuracy)} on the {figures.n:,} that have no pixel-identical "
        "image in the original training split"
    )
