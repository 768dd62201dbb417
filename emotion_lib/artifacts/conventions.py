"""Conventions of labels: by whose word a model's answers are right or wrong.

Accuracies by different conventions cannot be compared.
"""

from .record import Record

# By the name of the data set in a record.
_CONVENTIONS = {
    "fer2013": "FER-2013's own labels",
    "ferplus perceived": "what most viewers perceive (FER+)",
}


def answers_by(record: Record | None) -> str | None:
    """Return by which labels a model answers, in words; None for data sets with labels of its own.

    Example:
        >>> answers_by(load_run("13_compact_residual/wide-40").record)  # doctest: +SKIP
        "FER-2013's own labels"
    """
    return None if record is None else _CONVENTIONS.get(record.data.name)
