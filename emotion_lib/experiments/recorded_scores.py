"""Scores and training curves of a recorded run, from its tracked files."""

import pandas as pd

from ..artifacts import Run
from ..evaluation import Evaluation


def evaluation_of(run: Run, split: str = "test") -> Evaluation:
    """Return the evaluation of a run's tracked scores.

    Args:
        run: a recorded run.
        split: "test" or "val".
    """
    labels, scores, class_names = run.scores(split)
    thresholds = getattr(run.record.metrics, split).thresholds
    return Evaluation(labels, scores, class_names, thresholds)


def history_of(run: Run) -> pd.DataFrame | None:
    """Return the training curves of a run; None if it was not trained by epochs.

    The attribute ``monitor`` names the metric that chose the epoch.
    """
    file = run.folder / "history.csv"
    if not file.is_file():
        return None
    table = pd.read_csv(file)
    metric = (run.record.training.chosen_by or "").removeprefix("highest validation ")
    monitor = "val_" + metric.replace(" ", "_")
    if monitor in table:
        table.attrs["monitor"] = monitor
    return table
