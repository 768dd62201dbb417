"""Runs whose label is what FER+'s viewers answer most often, not FER-2013's own."""

from ..artifacts import Figures, Record, Run
from ..models.heads import PERCEIVED
from ..training.second_head import LABEL_HEAD, OWN_LABELS

# What stands above a table of such runs.
CONVENTION = (
    "The label is the most frequent answer of FER+'s ten viewers. Images with two such answers are "
    "left out, so these accuracies compare with no other table. Beside them stand two accuracies "
    "by FER-2013's own labels of all test images: that of the same answers, and that of the label "
    "head, another output of the same network."
)


def by_own_labels(record: Record) -> Figures | None:
    """Return how the answers of a model of perceived expression agree with FER-2013's labels."""
    return record.metrics.further.get(OWN_LABELS["test"])


def of_label_head(record: Record) -> Figures | None:
    """Return the figures of the label head of the same network, by FER-2013's labels."""
    return record.metrics.further.get(LABEL_HEAD["test"])


def label_run_name(run: Run) -> str:
    """Return the name of the run of the same network that answers by FER-2013's labels.

    Of a run that answers so itself, it is its own name.
    """
    return run.name.removesuffix(f"/{PERCEIVED}")
