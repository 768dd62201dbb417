"""Models under corruptions of their images."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from .axes import legend_above, remove_frame
from .palette import GRAY, series_style


def corruption_heat_map(accuracies: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw accuracy by corruption (rows) and strength (columns), one panel per model.

    All panels share one scale of colours. A cell has the accuracy in percent.

    Args:
        accuracies: by the model's name; one row per corruption, one column per strength.
    """
    lowest = min(float(table.min(axis=None)) for table in accuracies.values())
    highest = max(float(table.max(axis=None)) for table in accuracies.values())
    rows = len(next(iter(accuracies.values())))
    size = (min(10, 1.9 + 2.2 * len(accuracies)), 1.2 + 0.27 * rows)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(1, len(accuracies), squeeze=False)[0]
    for panel, (name, table) in zip(panels, accuracies.items(), strict=True):
        sns.heatmap(
            100 * table,
            annot=True,
            fmt=".0f",
            cmap="viridis",
            vmin=100 * lowest,
            vmax=100 * highest,
            annot_kws={"size": 8},
            linewidths=0.5,
            cbar=False,
            yticklabels=panel is panels[0],
            ax=panel,
        )
        panel.set(title=name, xlabel="strength", ylabel="")
        panel.tick_params(length=0, rotation=0)
    colors = panels[-1].collections[0]
    figure.colorbar(colors, ax=list(panels), label="accuracy, %", shrink=0.8, pad=0.01)
    return figure


def corruption_points(
    tables: Mapping[str, pd.DataFrame], column: str, xlabel: str, line: float | None = None
) -> Figure:
    """Draw one figure of several models under each corruption as points, one line per corruption.

    Args:
        tables: by the model's name; one row per corruption. Columns "low" and "high", if there are
            any, are drawn as an interval.
        column: column to draw, such as "risk".
        xlabel: text below the axis.
        line: a value that is marked by a line, such as a promised risk. None: no line.
    """
    names = list(next(iter(tables.values())).index)
    figure = Figure(figsize=(7.5, 1.4 + 0.3 * len(names)), layout="constrained")
    axis = figure.subplots()
    places = np.arange(len(names))
    axis.hlines(places, 0, 1, transform=axis.get_yaxis_transform(), color="0.93", linewidth=1)
    if line is not None:
        axis.axvline(line, color=GRAY, linestyle=":")
    offsets = np.linspace(-0.2, 0.2, len(tables)) if len(tables) > 1 else [0.0]
    for index, (offset, (name, table)) in enumerate(zip(offsets, tables.items(), strict=True)):
        values = table.loc[names, column].to_numpy()
        error = None
        if "low" in table:
            ends = table.loc[names, ["low", "high"]].to_numpy().T
            error = np.abs(ends - values)
        axis.errorbar(
            values, places + offset, xerr=error, linestyle="", label=name, **series_style(index)
        )
    axis.set_yticks(places, names)
    axis.set(ylim=(len(names) - 0.5, -0.5), xlabel=xlabel)
    axis.tick_params(axis="y", length=0)
    legend_above(axis)
    remove_frame(axis)
    return figure
