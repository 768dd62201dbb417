"""A note where a model answers by other labels than the shipped one."""

from typing import TYPE_CHECKING

from .terminal import say

if TYPE_CHECKING:
    from ..artifacts import Record


def say_other_labels(record: "Record | None") -> None:
    """Print a note if a model's answers mean something else than those of "best".

    An ensemble, for example, may have been recorded before the shipped model answered as viewers
    do. Nothing is printed for a model with labels of its own, or without a record.

    Args:
        record: of the model that answers.
    """
    from .. import artifacts
    from ..paths import best_dir

    file = best_dir() / "run.json"
    labels = artifacts.answers_by(record)
    if record is None or labels is None or not file.is_file():
        return
    usual = artifacts.answers_by(artifacts.read_record(file))
    if usual not in (None, labels):
        say(
            f"note: {record.name} answers by {labels}, best by {usual}: their answers and "
            "accuracies cannot be compared"
        )
