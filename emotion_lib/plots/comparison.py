"""Runs side by side: accuracy against cost, and differences between pairs."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .axes import percent, remove_frame
from .palette import BLUE, GRAY, ORANGE
from .point_names import name_points

LONGEST_NAME = 40


def cost(table: pd.DataFrame) -> Figure:
    """Draw accuracy against training time and against parameters, one point per run.

    Runs that no other run beats at the same or a lower cost are blue, and the title of the panel
    names them; the others are gray.

    Args:
        table: the leaderboard; columns run (short names), accuracy, ci_low, ci_high, parameters,
            seconds. A run without training time is left out of the first panel.
    """
    figure = Figure(figsize=(12, 6), layout="constrained")
    time_axis, size_axis = figure.subplots(1, 2, sharey=True)
    minutes = table.assign(minutes=table["seconds"] / 60)
    _points(time_axis, minutes[minutes["minutes"] > 0], "minutes", "minutes of training")
    _points(size_axis, table[table["parameters"] > 0], "parameters", "parameters")
    time_axis.set_ylabel("test accuracy")
    return figure


def _points(axis: Axes, table: pd.DataFrame, column: str, label: str) -> None:
    """Draw one panel: accuracy with intervals against a logarithmic cost."""
    is_best = pareto_front(table[column].to_numpy(), table["accuracy"].to_numpy())
    for mask, color in ((~is_best, GRAY), (is_best, BLUE)):
        rows = table[mask]
        below = rows["accuracy"] - rows["ci_low"]
        above = rows["ci_high"] - rows["accuracy"]
        axis.errorbar(
            rows[column], rows["accuracy"], [below, above], fmt="o", color=color, ecolor="0.85"
        )
    lines = []
    for number, row in enumerate(table[is_best].sort_values(column).itertuples(), start=1):
        place = (getattr(row, column), row.accuracy)
        axis.annotate(str(number), place, (-4, 6), textcoords="offset points", ha="right")
        lines.append(f"{number}  {abridged(row.run)}")
    # Names beside their points would cover each other: the front is nearly level.
    axis.set_title("\n".join(lines), fontsize=8, loc="left")
    axis.set(xscale="log", xlabel=label)
    percent(axis, "y")
    remove_frame(axis)


def pareto_front(cost: np.ndarray, accuracy: np.ndarray) -> np.ndarray:
    """Return which points no other point beats: more accurate at the same or a lower cost.

    Args:
        cost: float ``(n,)``.
        accuracy: float ``(n,)``.

    Returns:
        bool ``(n,)``.

    Example:
        >>> pareto_front(np.array([1, 2, 3]), np.array([0.5, 0.4, 0.6])).tolist()
        [True, False, True]
    """
    is_best = np.zeros(len(cost), bool)
    highest = -np.inf
    for index in np.lexsort((-accuracy, cost)):
        if accuracy[index] > highest:
            is_best[index] = True
            highest = accuracy[index]
    return is_best


def accuracy_against_cost(table: pd.DataFrame) -> Figure:
    """Draw accuracy against multiply-adds per face, of models trained here and by others.

    Args:
        table: columns name, multiply_adds, accuracy, low, high and peer (bool, True for a model
            that others trained).
    """
    figure = Figure(figsize=(9, 5), layout="constrained")
    axis = figure.subplots()
    styles = {False: (BLUE, "o", "trained here"), True: (ORANGE, "D", "other projects")}
    for peer, (color, marker, label) in styles.items():
        rows = table[table["peer"] == peer]
        error = [rows["accuracy"] - rows["low"], rows["high"] - rows["accuracy"]]
        axis.errorbar(
            rows["multiply_adds"],
            rows["accuracy"],
            error,
            fmt=marker,
            color=color,
            ecolor="0.85",
            label=label,
        )
    axis.set(
        xscale="log",
        xlabel="multiply-adds per face",
        ylabel="accuracy by FER-2013's labels, PrivateTest",
    )
    # Room for the names at both ends.
    axis.set_xlim(table["multiply_adds"].min() / 2, table["multiply_adds"].max() * 2)
    axis.xaxis.set_major_formatter(lambda value, _: f"{value / 1e6:,.0f} M")
    percent(axis, "y")
    axis.legend(frameon=False, loc="lower right")
    remove_frame(axis)
    name_points(
        axis,
        table["name"].tolist(),
        table[["multiply_adds", "accuracy"]].to_numpy(float),
        table[["low", "high"]].to_numpy(),
        [styles[peer][0] for peer in table["peer"]],
    )
    return figure


def differences(table: pd.DataFrame, title: str = "") -> Figure:
    """Draw differences of accuracy between pairs as a heat map.

    A star marks pairs whose p-value of McNemar's test is below 0.05. Rows have a number and an
    abridged name, columns the number alone, so that long names take no room.

    Args:
        table: columns first, second, difference, p_value; one row per ordered pair.
        title: of the figure.
    """
    order = table["first"].unique()
    grid = 100 * _pivoted(table, "difference", order)
    p_values = _pivoted(table, "p_value", order)
    text = grid.map("{:+.1f}".format) + np.where(p_values < 0.05, "*", "")
    text = text.where(grid.notna(), "")
    side = 3 + 0.42 * len(grid)
    figure = Figure(figsize=(side + 4, side), layout="constrained")
    axis = figure.subplots()
    limit = max(1e-9, float(np.nanmax(np.abs(grid.to_numpy()), initial=0)))
    sns.heatmap(
        grid,
        annot=text,
        fmt="",
        cmap="RdBu",
        vmin=-limit,
        vmax=limit,
        annot_kws={"size": 7},
        cbar_kws={"label": "percentage points, row minus column"},
        ax=axis,
    )
    numbers = np.arange(1, len(grid) + 1)
    names = [f"{number}  {abridged(name)}" for number, name in zip(numbers, order, strict=True)]
    axis.set_xticks(numbers - 0.5, numbers, rotation=0)
    axis.set_yticks(numbers - 0.5, names, rotation=0)
    axis.set(xlabel="", ylabel="", title=title)
    return figure


def _pivoted(table: pd.DataFrame, column: str, order: np.ndarray) -> pd.DataFrame:
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
