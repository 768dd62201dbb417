"""Recall and average precision of each class."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..evaluation import Evaluation
from .axes import legend_above, remove_frame
from .palette import SERIES, colors_of

# More bars side by side than this cannot be read: points are drawn instead.
MOST_BARS = 3


def recall(evaluations: Mapping[str, Evaluation]) -> Figure:
    """Draw the recall of each class with its 95 % interval.

    One evaluation is drawn as bars in the colours of the expressions, two or three as bars in one
    colour each, more as points.

    Args:
        evaluations: by name, with the same classes.
    """
    names = next(iter(evaluations.values())).class_names
    figure, axis = _axes(names)
    for position, (label, evaluation) in enumerate(evaluations.items()):
        values = np.array(list(evaluation.recall.values()))
        low, high = np.array(list(evaluation.recall_interval.values())).T
        error = np.nan_to_num([values - low, high - values])
        _series(axis, position, len(evaluations), label, values, names, error)
    axis.set_ylabel("recall")
    if len(evaluations) > 1:
        legend_above(axis)
    return figure


def average_precision(evaluations: Mapping[str, Evaluation]) -> Figure:
    """Draw the average precision of each label.

    A black line marks the label's prevalence, which a random ranking reaches.

    Args:
        evaluations: by name, of the same multi-label task.
    """
    first = next(iter(evaluations.values()))
    names = first.class_names
    figure, axis = _axes(names)
    for position, (label, evaluation) in enumerate(evaluations.items()):
        values = np.array(list(evaluation.average_precision.values()))
        _series(axis, position, len(evaluations), label, values, names)
    places = np.arange(len(names))
    prevalence = list(first.prevalence.values())
    axis.hlines(prevalence, places - 0.4, places + 0.4, color="black", label="prevalence")
    axis.set_ylabel("average precision")
    legend_above(axis)
    return figure


def _axes(names: Sequence[str]) -> tuple[Figure, Axes]:
    """Return a figure with one place per class."""
    many = len(names) >= 12
    size = (max(9, 0.6 * len(names)), 4.2 if many else 3.6)
    figure = Figure(figsize=size, layout="constrained")
    axis = figure.subplots()
    axis.set_xticks(np.arange(len(names)), names)
    axis.set(ylim=(0, 1))
    if many or sum(map(len, names)) > 90:
        axis.tick_params(axis="x", rotation=60)
    remove_frame(axis)
    return figure, axis


def _series(
    axis: Axes,
    position: int,
    count: int,
    label: str,
    values: np.ndarray,
    names: Sequence[str],
    error: np.ndarray | None = None,
) -> None:
    """Draw the values of one of ``count`` evaluations, with error bars ``(2, num_classes)``."""
    width = 0.8 / count
    places = np.arange(len(names)) - 0.4 + width * (position + 0.5)
    color = SERIES[position % len(SERIES)]
    if count > MOST_BARS:
        axis.errorbar(places, values, error, fmt="o", color=color, ecolor="0.7", label=label)
        return
    colors = colors_of(names) if count == 1 else color
    axis.bar(
        places,
        values,
        width,
        yerr=error,
        color=colors,
        label=label,
        ecolor="0.3",
        capsize=2,
        error_kw={"elinewidth": 1},
    )
