"""A search for hyper-parameters: its trials in order, their curves, values and importances."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .axes import legend_above, percent, remove_frame
from .palette import BLACK, BLUE, GRAY, GREEN, ORANGE

# Colour and marker of a trial by its state; the first trial is the default.
_STYLES: dict[str, dict[str, Any]] = {
    "default": {"color": BLACK, "marker": "D"},
    "complete": {"color": BLUE, "marker": "o"},
    "pruned": {"color": ORANGE, "marker": "x"},
}


def search_history(table: pd.DataFrame) -> Figure:
    """Draw the accuracy of each trial in the order of the search, and the best one so far.

    Failed trials have no accuracy and are left out.

    Args:
        table: columns state and accuracy, the index counts the trials from 1
            (:meth:`emotion_lib.training.search.Search.table`).
    """
    figure = Figure(figsize=(7, 4), layout="constrained")
    axis = figure.subplots()
    best = table["accuracy"].where(table["state"] == "complete").cummax().ffill()
    axis.step(table.index, best, where="post", color=GREEN, label="best so far")
    axis.axhline(table["accuracy"].iloc[0], color=GRAY, linestyle=":")
    _points(axis, table, pd.Series(table.index, table.index))
    axis.set(xlabel="trial", ylabel="validation accuracy, best epoch")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    legend_above(axis)
    remove_frame(axis)
    return figure


def search_curves(curves: pd.DataFrame, states: pd.Series) -> Figure:
    """Draw the accuracy of each trial after each epoch; a cross marks where it was pruned.

    Args:
        curves: one row per epoch, one column per trial
            (:meth:`emotion_lib.training.search.Search.curves`).
        states: "complete", "pruned" or "failed" by trial.
    """
    figure = Figure(figsize=(7, 4), layout="constrained")
    axis = figure.subplots()
    named = set()
    for trial, kind in _kinds(states).items():
        if kind not in _STYLES:
            continue
        values = curves[trial].dropna()
        style = dict(_STYLES[kind])
        marker = style.pop("marker")
        axis.plot(values.index, values, alpha=0.6, zorder=2, **style)
        name = None if kind in named else kind
        axis.plot(values.index[-1:], values[-1:], marker, zorder=3, label=name, **style)
        named.add(kind)
    complete = [trial for trial, state in states.items() if state == "complete"]
    median = curves[complete].median(axis=1)
    axis.plot(curves.index, median, "--", color=GRAY, label="median of the complete trials")
    axis.set(xlabel="epoch", ylabel="validation accuracy")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    percent(axis, "y")
    legend_above(axis)
    remove_frame(axis)
    return figure


def search_values(table: pd.DataFrame, logarithmic: Collection[str]) -> Figure:
    """Draw the accuracy of the trials against the value of each hyper-parameter.

    Args:
        table: columns state, epochs and accuracy, and one per hyper-parameter.
        logarithmic: hyper-parameters that were searched on a logarithmic scale.
    """
    names = [name for name in table if name not in ("state", "epochs", "accuracy")]
    rows = -(-len(names) // 2)
    figure = Figure(figsize=(9, 3.2 * rows), layout="constrained")
    axes = figure.subplots(rows, 2, sharey=True, squeeze=False)
    for axis, name in zip(axes.flat, names, strict=False):
        _points(axis, table, table[name])
        axis.set_xlabel(name.replace("_", " "))
        if name in logarithmic:
            axis.set_xscale("log")
        remove_frame(axis)
    for axis in axes.flat[len(names) :]:
        axis.set_visible(False)
    for row in axes:
        row[0].set_ylabel("validation accuracy")
    legend_above(axes.flat[0])
    return figure


def importances(shares: pd.Series) -> Figure:
    """Draw the share of the accuracy's variance that each hyper-parameter explains.

    Args:
        shares: by hyper-parameter, the largest first
            (:meth:`emotion_lib.training.search.Search.importances`).
    """
    figure = Figure(figsize=(7, 0.8 + 0.4 * len(shares)), layout="constrained")
    axis = figure.subplots()
    places = np.arange(len(shares))
    axis.barh(places, shares, color=BLUE)
    axis.set_yticks(places, [name.replace("_", " ") for name in shares.index])
    axis.set(xlim=(0, 1), xlabel="share of the variance of accuracy")
    axis.invert_yaxis()
    percent(axis, "x")
    remove_frame(axis)
    return figure


def _kinds(states: pd.Series) -> pd.Series:
    """Return the state of each trial, and "default" for the first one unless it failed."""
    kinds = states.copy()
    if kinds.iloc[0] != "failed":
        kinds.iloc[0] = "default"
    return kinds


def _points(axis: Axes, table: pd.DataFrame, places: pd.Series) -> None:
    """Draw one point per trial with an accuracy."""
    kinds = _kinds(table["state"])
    for kind, style in _STYLES.items():
        shown = kinds == kind
        if shown.any():
            axis.scatter(places[shown], table["accuracy"][shown], s=36, label=kind, **style)
    percent(axis, "y")
