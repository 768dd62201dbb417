"""Accuracy against the cost of one face: the points of the figure in README.md."""

from collections.abc import Sequence

import pandas as pd

from ..artifacts import Run, short_names
from .model_convention import is_perceived
from .multiply_adds import multiply_adds
from .peers import PEERS
from .perceived_tables import label_run_name
from .readme_table import DATASET, WITHOUT_METHOD
from .run_groups import folded


def cost_table(runs: Sequence[Run], served: Run) -> pd.DataFrame:
    """Return the points of :func:`emotion_lib.plots.accuracy_against_cost`.

    All are accuracies by FER-2013's labels, so a served model of perceived expression is shown by
    the label head of the same network. Of the networks of one notebook with the same cost, the best
    on validation is kept, and of several seeds the middle one. Left out are runs without a count of
    their multiply-adds, such as classical classifiers, and notebooks that present no new method.

    Args:
        runs: all full runs.
        served: the served model.
    """
    counted = multiply_adds()
    rows = {}
    # The served model first, so that it stands for its notebook.
    shown = [run for run in runs if run.name == label_run_name(served)]
    shown += [group.middle for group in folded(runs)]
    for run in shown:
        cost = counted.get(run.name)
        notebook = run.name.split("/")[0]
        if cost is None or run.record.data.name != DATASET or notebook in WITHOUT_METHOD:
            continue
        test = run.record.metrics.test
        low, high = test.accuracy_interval_95
        row = {
            "name": _label(run, served),
            "multiply_adds": cost,
            "accuracy": test.accuracy,
            "low": low,
            "high": high,
            "peer": False,
        }
        rows.setdefault((notebook, cost), row)
    for peer in PEERS:
        low, high = peer.interval
        rows[peer] = {
            "name": peer.name,
            "multiply_adds": peer.multiply_adds,
            "accuracy": peer.accuracy,
            "low": low,
            "high": high,
            "peer": True,
        }
    return pd.DataFrame(list(rows.values()))


def _label(run: Run, served: Run) -> str:
    """Return a run's name in the figure."""
    if run.name == label_run_name(served):
        return "served model, label head" if is_perceived(served.record) else "served model"
    return short_names([run.name])[run.name]
