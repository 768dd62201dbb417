"""Tables of runs whose label is what FER+'s viewers answer most often, not FER-2013's own."""

from collections.abc import Sequence

from ..artifacts import Figures, Record, Run
from ..models.heads import PERCEIVED
from ..training.second_head import LABEL_HEAD, OWN_LABELS
from .markdown import table
from .model_convention import is_perceived
from .result_figures import best_first, short_name
from .run_tables import changes, runs_table, training_time
from .shares import percent, percent_with_interval

# What stands above such a table.
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


def runs_of_data_set(runs: Sequence[Run], served: str = "", whole_names: bool = True) -> list[str]:
    """Return the paragraphs and the table of runs on the same data set.

    Args:
        runs: at least one.
        served: name of the served run, which is set in bold.
        whole_names: write the notebook's name, too.
    """
    if is_perceived(runs[0].record):
        return [CONVENTION, perceived_table(runs, served, whole_names)]
    return [runs_table(runs, served, whole_names)]


def perceived_table(runs: Sequence[Run], served: str = "", whole_names: bool = True) -> str:
    """Return a table of runs of perceived expression, ordered by descending score on validation.

    Args:
        runs: at least one.
        served: name of the served run, which is set in bold.
        whole_names: write the notebook's name, too.
    """
    header = [
        "run",
        "validation",
        "test [95 % interval]",
        "balanced accuracy",
        "without twins",
        "calibration error",
        "by FER-2013's labels",
        "label head, by FER-2013's labels",
        "parameters",
        "initial weights",
        "training",
        "device",
        "changed parameters",
    ]
    rows = []
    for run in best_first(runs):
        record = run.record
        test = record.metrics.test
        without_twins = record.metrics.test_without_twins
        error = test.calibration_error
        name = run.name if whole_names else short_name(run)
        rows.append(
            [
                f"**{name}** (served)" if run.name == served else name,
                percent(record.metrics.val.accuracy),
                percent_with_interval(test.accuracy, test.accuracy_interval_95),
                percent(test.balanced_accuracy),
                percent(without_twins.accuracy if without_twins else None),
                "–" if error is None else f"{error:.3f}",
                accuracy_text(by_own_labels(record)),
                accuracy_text(of_label_head(record)),
                f"{record.model.parameters:,}",
                record.model.weights,
                training_time(run),
                f"{record.training.device} ({record.training.backend})",
                changes(run) or "–",
            ]
        )
    return table(header, rows)


def accuracy_text(figures: Figures | None) -> str:
    """Return an accuracy with its interval; a dash for None."""
    if figures is None:
        return "–"
    return percent_with_interval(figures.accuracy, figures.accuracy_interval_95)
