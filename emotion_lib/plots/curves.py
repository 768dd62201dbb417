"""Training curves."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .axes import legend_above, percent, remove_frame
from .palette import BLUE, GRAY, ORANGE, SERIES


def history(table: pd.DataFrame, title: str = "") -> Figure:
    """Draw accuracy and loss over the epochs, for training and validation.

    The chosen epoch is marked. If it was chosen by another metric, that metric is drawn, too.

    Args:
        table: result of :func:`emotion_lib.training.fit`; columns epoch, and metrics with and
            without the prefix ``val_``. A metric of the validation alone is drawn alone.
        title: of the figure.
    """
    monitor = table.attrs.get("monitor", "val_accuracy")
    chosen = int(table["epoch"].iloc[table[monitor].argmax()]) + 1
    candidates = dict.fromkeys((monitor.removeprefix("val_"), "accuracy", "loss"))
    metrics = [metric for metric in candidates if f"val_{metric}" in table]
    figure = Figure(figsize=(5 * len(metrics), 3.8), layout="constrained")
    axes = figure.subplots(1, len(metrics), squeeze=False)[0]
    for axis, metric in zip(axes, metrics, strict=True):
        epochs = table["epoch"] + 1
        if metric in table:
            axis.plot(epochs, table[metric], color=BLUE, label="training")
        axis.plot(epochs, table[f"val_{metric}"], color=ORANGE, label="validation")
        axis.axvline(chosen, color=GRAY, linestyle=":", label=f"chosen: epoch {chosen}")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.set(xlabel="epoch", ylabel=metric.replace("_", " "))
        legend_above(axis)
        remove_frame(axis)
    figure.suptitle(title)
    return figure


def validation_curves(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw the metric that chose the epoch on validation, usually accuracy, one curve per run.

    Args:
        tables: results of :func:`emotion_lib.training.fit` by the name of the run. Each shows its
            own metric, such as the accuracy of one of two heads; the axis bears the first one's
            name.
    """
    metrics = [table.attrs.get("monitor", "val_accuracy") for table in tables.values()]
    figure = Figure(figsize=(7, 4), layout="constrained")
    axis = figure.subplots()
    for index, (name, table) in enumerate(tables.items()):
        color = SERIES[index % len(SERIES)]
        dashes = "-" if index < len(SERIES) else "--"
        axis.plot(table["epoch"] + 1, table[metrics[index]], dashes, color=color, label=name)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set(
        xlabel="epoch", ylabel="validation " + metrics[0].removeprefix("val_").replace("_", " ")
    )
    percent(axis, "y")
    legend_above(axis)
    remove_frame(axis)
    return figure
