"""Recall and average precision of each class."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..evaluation import Evaluation
from .axes import legend_above, percent, remove_frame
from .palette import colors_of, series_style


def recall(evaluations: Mapping[str, Evaluation]) -> Figure:
    """Draw the recall of each class with its 95 % Wilson interval.

    One row per class, the largest at the top, with the number of its images. A single evaluation
    is drawn in the colours of the expressions, several in one colour each.

    Args:
        evaluations: by name, with the same classes.
    """
    figure, axis, order = _rows(evaluations)
    names = next(iter(evaluations.values())).class_names
    for index, (label, evaluation) in enumerate(evaluations.items()):
        values = np.array(list(evaluation.recall.values()))[order]
        intervals = np.array(list(evaluation.recall_interval.values()))[order]
        rows = _heights(index, len(evaluations), len(order))
        style = series_style(index)
        colors = [style["color"]] * len(order)
        if len(evaluations) == 1:
            colors = colors_of([names[i] for i in order])
            axis.set_title(label)
        # A class without images has no recall; its interval, 0 to 1, says nothing.
        ends = np.where(np.isnan(values)[:, None], np.nan, intervals)
        axis.hlines(rows, ends[:, 0], ends[:, 1], colors=colors, linewidth=1.5)
        axis.scatter(values, rows, c=colors, marker=style["marker"], label=label)
    axis.set_xlabel("recall, with its 95 % interval")
    percent(axis, "x")
    if len(evaluations) > 1:
        legend_above(axis)
    return figure


def average_precision(evaluations: Mapping[str, Evaluation]) -> Figure:
    """Draw the average precision of each label, the most frequent label at the top.

    A black line marks the label's prevalence, which a random ranking reaches.

    Args:
        evaluations: by name, of the same multi-label task.
    """
    figure, axis, order = _rows(evaluations)
    first = next(iter(evaluations.values()))
    prevalence = np.array(list(first.prevalence.values()))[order]
    rows = np.arange(len(order))
    axis.vlines(prevalence, rows - 0.4, rows + 0.4, color="black", label="prevalence")
    for index, (label, evaluation) in enumerate(evaluations.items()):
        values = np.array(list(evaluation.average_precision.values()))[order]
        rows = _heights(index, len(evaluations), len(order))
        style = series_style(index)
        axis.scatter(values, rows, label=label, **style)
    axis.set_xlabel("average precision")
    legend_above(axis)
    return figure


def _rows(evaluations: Mapping[str, Evaluation]) -> tuple[Figure, Axes, np.ndarray]:
    """Return a figure with one row per class, its axes, and the classes from the smallest up."""
    supports = np.array([evaluation.support for evaluation in evaluations.values()])
    names = next(iter(evaluations.values())).class_names
    order = np.argsort(supports[0], kind="stable")
    row_height = 0.22 + 0.13 * len(evaluations)
    figure = Figure(figsize=(8, 1 + row_height * len(names)), layout="constrained")
    axis = figure.subplots()
    places = np.arange(len(names))
    labels = [f"{names[label]}, n = {_span(supports[:, label])}" for label in order]
    axis.set_yticks(places, labels)
    axis.tick_params(axis="y", length=0)
    axis.hlines(places[:-1] + 0.5, 0, 1, color="0.9", linewidth=0.8, zorder=0)
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.5, len(names) - 0.5))
    remove_frame(axis)
    return figure, axis, order


def _span(counts: np.ndarray) -> str:
    """Return a number of images, or the range of several.

    Example:
        >>> _span(np.array([55, 52]))
        '52 to 55'
    """
    lowest = f"{counts.min():,}"
    highest = f"{counts.max():,}"
    return lowest if lowest == highest else f"{lowest} to {highest}"


def _heights(index: int, count: int, rows: int) -> np.ndarray:
    """Return where the points of one of ``count`` evaluations stand, the first one highest."""
    offset = 0.7 * ((count - 1) / 2 - index) / count
    return np.arange(rows) + offset
