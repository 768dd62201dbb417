"""Training curves, and accuracy against the number of training images."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .axes import legend_above, percent, remove_frame
from .palette import BLUE, GRAY, ORANGE, SERIES


def history(table: pd.DataFrame, title: str = "") -> Figure:
    """Draw accuracy and loss over the epochs, for training and validation.

    A line marks the chosen epoch, a dot its value, and the title gives both. If it was chosen by
    another metric, that metric is drawn, too.

    Args:
        table: result of :func:`emotion_lib.training.fit`; columns epoch, and metrics with and
            without the prefix ``val_``. A metric of the validation alone is drawn alone.
        title: of the run; stands before the chosen epoch.
    """
    monitor = table.attrs.get("monitor", "val_accuracy")
    chosen = int(table[monitor].argmax())
    candidates = dict.fromkeys((monitor.removeprefix("val_"), "accuracy", "loss"))
    metrics = [metric for metric in candidates if f"val_{metric}" in table]
    width = min(10, 5 * len(metrics))
    figure = Figure(figsize=(width, 3.8), layout="constrained")
    axes = figure.subplots(1, len(metrics), squeeze=False)[0]
    for axis, metric in zip(axes, metrics, strict=True):
        _metric(axis, table, metric, chosen)
    name = _spelled(monitor.removeprefix("val_"))
    epoch = table["epoch"].iloc[chosen] + 1
    reached = f"epoch {epoch} of {len(table)} chosen, validation {name} {table[monitor].max():.3f}"
    figure.suptitle(f"{title}: {reached}" if title else reached, fontsize=11)
    return figure


def _metric(axis: Axes, table: pd.DataFrame, metric: str, chosen: int) -> None:
    """Draw one metric of training and validation, with a mark at a row of the table."""
    epochs = table["epoch"] + 1
    values = table[f"val_{metric}"]
    if metric in table:
        axis.plot(epochs, table[metric], marker=".", color=BLUE, label="training")
    axis.plot(epochs, values, marker=".", color=ORANGE, label="validation")
    axis.axvline(epochs.iloc[chosen], color=GRAY, linestyle=":", label="chosen epoch")
    axis.plot(epochs.iloc[chosen], values.iloc[chosen], "o", color=ORANGE)
    _whole_epochs(axis)
    axis.set_ylabel(_spelled(metric))
    if metric.endswith("accuracy"):
        percent(axis, "y")
    legend_above(axis)
    remove_frame(axis)


def _whole_epochs(axis: Axes) -> None:
    """Label the x axis with whole epochs, also if there is only one."""
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axis.set_xlabel("epoch")


def _spelled(metric: str) -> str:
    """Return the name of a metric or a column with spaces."""
    return metric.replace("_", " ")


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
        values = table[metrics[index]]
        axis.plot(table["epoch"] + 1, values, dashes, marker=".", color=color, label=name)
    _whole_epochs(axis)
    axis.set_ylabel("validation " + _spelled(metrics[0].removeprefix("val_")))
    percent(axis, "y")
    legend_above(axis)
    remove_frame(axis)
    return figure
