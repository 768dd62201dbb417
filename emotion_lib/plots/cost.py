"""Accuracy against what it costs: training time, parameters, multiply-adds."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .axes import percent, remove_frame
from .comparison import abridged
from .palette import BLUE, ORANGE, SERIES
from .point_names import name_points

_MARKERS = "o^sDvP"
_SIZE: dict[str, Any] = {"markersize": 6, "ecolor": "0.85", "elinewidth": 1}


def cost(table: pd.DataFrame) -> Figure:
    """Draw accuracy against training time and against parameters, one point per run.

    A run is numbered, and named beside the panel, if no other run is more accurate at the same or a
    lower cost. Times of different machines do not compare, so each machine has a colour, a marker
    and runs of its own that no other beats.

    Args:
        table: the leaderboard; columns run (short names), accuracy, ci_low, ci_high, parameters,
            seconds, device. A run without training time is left out of the first panel.
    """
    figure = Figure(figsize=(10, 9), layout="constrained")
    time_axis, size_axis = figure.subplots(2, 1, sharey=True)
    minutes = table.assign(minutes=table["seconds"] / 60)
    minutes = minutes[minutes["minutes"] > 0]
    _panel(time_axis, minutes, "minutes", minutes["device"])
    sizes = table[table["parameters"] > 0]
    _panel(size_axis, sizes, "parameters", pd.Series("all machines", sizes.index))
    time_axis.set(xlabel="minutes of training", ylabel="test accuracy")
    size_axis.set(xlabel="parameters", ylabel="test accuracy")
    if len(minutes):
        time_axis.legend(frameon=False, loc="lower right", fontsize=8)
    return figure


def _panel(axis: Axes, table: pd.DataFrame, column: str, kind: pd.Series) -> None:
    """Draw accuracy with intervals against a logarithmic cost; each kind has its own best runs."""
    numbered = []
    for index, name in enumerate(kind.unique()):
        rows = table[kind == name]
        is_best = pareto_front(rows[column].to_numpy(), rows["accuracy"].to_numpy())
        style = {"color": SERIES[index % len(SERIES)], "marker": _MARKERS[index % len(_MARKERS)]}
        _points(axis, rows[~is_best], column, alpha=0.35, **style)
        _points(axis, rows[is_best], column, label=name, **style)
        numbered.append(rows[is_best])
    axis.set_xscale("log")
    percent(axis, "y")
    remove_frame(axis)
    if not numbered:
        return
    best = pd.concat(numbered).sort_values(column)
    # Names beside their points would cover each other: the best runs are nearly level.
    numbers = [str(number) for number in range(1, len(best) + 1)]
    lines = [
        f"{number}  {abridged(name)}" for number, name in zip(numbers, best["run"], strict=True)
    ]
    axis.text(1.02, 1, "\n".join(lines), fontsize=8, va="top", transform=axis.transAxes)
    limits = best[["ci_low", "ci_high"]].to_numpy()
    name_points(axis, numbers, best[[column, "accuracy"]].to_numpy(float), limits)


def _points(axis: Axes, rows: pd.DataFrame, column: str, **style: Any) -> None:
    """Draw runs with the intervals of their accuracy."""
    error = [rows["accuracy"] - rows["ci_low"], rows["ci_high"] - rows["accuracy"]]
    axis.errorbar(rows[column], rows["accuracy"], error, linestyle="none", **_SIZE, **style)


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
            linestyle="none",
            marker=marker,
            color=color,
            label=label,
            **_SIZE,
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
