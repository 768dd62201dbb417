"""Runs side by side: their ranking, their groups, and differences between pairs."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from .axes import percent, remove_frame
from .palette import BLUE, ORANGE

LONGEST_NAME = 40


def ranking(table: pd.DataFrame) -> Figure:
    """Draw the accuracy of many runs as points, one line per name, in the order of the table.

    A name with one row is a point with its interval. A name with several is one network with
    several seeds: a ring for each of them, and a point at their mean.

    Args:
        table: columns name, accuracy, low, high.
    """
    names = list(dict.fromkeys(table["name"]))
    figure = Figure(figsize=(9, 1.1 + 0.2 * len(names)), layout="constrained")
    axis = figure.subplots()
    places = np.arange(len(names))
    axis.hlines(places, 0, 1, transform=axis.get_yaxis_transform(), color="0.93", linewidth=1)
    for place, name in zip(places, names, strict=True):
        rows = table[table["name"] == name]
        mean = rows["accuracy"].mean()
        if len(rows) == 1:
            error = [mean - rows["low"], rows["high"] - mean]
            axis.errorbar(rows["accuracy"], [place], xerr=error, color=BLUE, ecolor="0.6")
        else:
            axis.plot(rows["accuracy"], [place] * len(rows), "o", color=BLUE, mfc="none", ms=6)
        axis.plot(mean, place, "o", color=BLUE, markersize=4)
    axis.set_yticks(places, [abridged(name) for name in names], fontsize=8)
    axis.set(ylim=(len(names) - 0.5, -0.5), xlabel="test accuracy")
    axis.tick_params(axis="y", length=0)
    percent(axis, "x")
    # The values stand above a long figure, too.
    axis.tick_params(axis="x", labeltop=len(names) > 20)
    remove_frame(axis)
    return figure


def rank_groups(table: pd.DataFrame) -> Figure:
    """Draw models by their accuracy, with a band behind every second group of the same rank.

    Args:
        table: columns name, accuracy, low, high and rank; best accuracy first.
    """
    figure = Figure(figsize=(8, 1.1 + 0.22 * len(table)), layout="constrained")
    axis = figure.subplots()
    places = np.arange(len(table))
    for number, rank in enumerate(table["rank"].unique()):
        inside = places[table["rank"] == rank]
        shade = "0.93" if number % 2 == 0 else "1"
        axis.axhspan(inside[0] - 0.5, inside[-1] + 0.5, color=shade, linewidth=0)
    error = [table["accuracy"] - table["low"], table["high"] - table["accuracy"]]
    axis.errorbar(table["accuracy"], places, xerr=error, fmt="o", color=BLUE, ecolor="0.6", ms=4)
    names = [f"{abridged(row.name)}  {row.rank:>2}" for row in table.itertuples(index=False)]
    axis.set_yticks(places, names, fontsize=8)
    axis.set(ylim=(len(table) - 0.5, -0.5), xlabel="test accuracy, 95 % interval", title="rank")
    axis.title.set(ha="right", position=(0, 1), fontsize=9)
    axis.tick_params(axis="y", length=0)
    percent(axis, "x")
    remove_frame(axis)
    return figure


def p_values(pairs: pd.DataFrame, level: float = 0.05) -> Figure:
    """Draw the sorted p-values of many pairs with the limit of Benjamini and Hochberg's procedure.

    The pairs left of the last crossing are called different. If all models were equal, the curve
    would be the diagonal.

    Args:
        pairs: with a column p_value.
        level: the expected share of chance among the pairs that are called different.
    """
    share = np.arange(1, len(pairs) + 1) / max(1, len(pairs))
    figure = Figure(figsize=(6, 3.5), layout="constrained")
    axis = figure.subplots()
    axis.plot(share, np.sort(pairs["p_value"]), color=BLUE, label="sorted p-values")
    axis.plot([0, 1], [0, level], color=ORANGE, label=f"limit: {level} times the share")
    axis.plot([0, 1], [0, 1], ":", color="0.6", label="if all were equal")
    axis.set(xlabel="share of the pairs", ylabel="p-value", ylim=(0, 0.4))
    axis.legend(frameon=False)
    remove_frame(axis)
    return figure


def differences(table: pd.DataFrame, title: str = "") -> Figure:
    """Draw differences of accuracy between pairs as a heat map.

    A star marks pairs whose p-value is below 0.05. Rows have a number and an abridged name, columns
    the number alone, so that long names take no room.

    Args:
        table: columns first, second, difference, p_value; one row per pair, or one for each of its
            two orders.
        title: of the figure.
    """
    order = list(dict.fromkeys([*table["first"], *table["second"]]))
    grid = 100 * _pivoted(table, "difference", order)
    p_values = _pivoted(table, "p_value", order)
    text = grid.map("{:+.1f}".format) + np.where(p_values < 0.05, "*", "")
    text = text.where(grid.notna(), "")
    side = 2 + 0.46 * len(grid)
    figure = Figure(figsize=(side + 3.5, side), layout="constrained")
    axis = figure.subplots()
    limit = max(1e-9, float(np.nanmax(np.abs(grid.to_numpy()), initial=0)))
    sns.heatmap(
        grid,
        annot=text,
        fmt="",
        cmap="RdBu",
        vmin=-limit,
        vmax=limit,
        annot_kws={"size": 8},
        linewidths=1,
        cbar_kws={"label": "percentage points, row minus column", "shrink": 0.7},
        ax=axis,
    )
    numbers = np.arange(1, len(grid) + 1)
    names = [f"{number}  {abridged(name)}" for number, name in zip(numbers, order, strict=True)]
    axis.set_xticks(numbers - 0.5, numbers, rotation=0)
    axis.set_yticks(numbers - 0.5, names, rotation=0)
    axis.set(xlabel="", ylabel="", title=title)
    return figure


def _pivoted(table: pd.DataFrame, column: str, order: list[str]) -> pd.DataFrame:
    """Return one column of the pairs as a square table."""
    grid = table.pivot_table(index="first", columns="second", values=column)
    return grid.reindex(index=order, columns=order)


def abridged(name: str, longest: int = LONGEST_NAME) -> str:
    """Return a name without its middle if it is too long for a figure.

    Example:
        >>> abridged("13_compact_residual", longest=9)
        '13_c…dual'
    """
    if len(name) <= longest:
        return name
    half = (longest - 1) // 2
    return f"{name[:half]}…{name[-half:]}"
