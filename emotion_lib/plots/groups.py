"""Accuracy of groups of pictures, as it is and at equal classes."""

import math

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from .axes import legend_above, percent, remove_frame
from .comparison import abridged
from .palette import series_style

_KINDS = {
    "accuracy": ("accuracy", "low", "high"),
    "at equal classes": ("standardised", "standardised_low", "standardised_high"),
}


def groups(table: pd.DataFrame) -> Figure:
    """Draw the accuracy of each group with its 95 % interval, one panel per column.

    Beside it stands the accuracy at equal shares of the classes: where groups differ in the first
    but not in the second, they differ in their classes alone.

    Args:
        table: of :func:`emotion_lib.evaluation.groups.break_down`.
    """
    columns = list(dict.fromkeys(table["column"]))
    heights = [int((table["column"] == column).sum()) for column in columns]
    figure = Figure(figsize=(8, 1 + 0.4 * sum(heights) + 0.5 * len(columns)), layout="constrained")
    axes = figure.subplots(len(columns), sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    for axis, column in zip(axes, columns, strict=True):
        rows = table[table["column"] == column]
        places = np.arange(len(rows))
        for index, (label, (value, low, high)) in enumerate(_KINDS.items()):
            style = series_style(index)
            at = places + 0.15 * (2 * index - 1)
            axis.hlines(at, rows[low], rows[high], color=style["color"], linewidth=1.5)
            axis.scatter(rows[value], at, label=label, **style)
        cells = zip(rows["group"], rows["n"], strict=True)
        axis.set_yticks(places, [f"{abridged(str(name), 28)}, n = {n:,}" for name, n in cells])
        axis.tick_params(axis="y", length=0)
        axis.set(ylim=(len(rows) - 0.5, -0.5), ylabel=abridged(str(column), 20))
        axis.grid(axis="x", color="0.92")
        percent(axis, "x")
        remove_frame(axis)
    legend_above(axes[0])
    axes[-1].set_xlabel("accuracy, with its 95 % interval")
    low = np.nanmin(table[["low", "standardised_low"]].to_numpy())
    axes[-1].set_xlim(max(0, math.floor(10 * low) / 10), 1.01)
    return figure
