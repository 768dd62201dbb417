"""Figures on heat maps: whether they mean anything, and their means per class."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from .axes import legend_above, percent, remove_frame
from .network_views import HEAT, SIGNED
from .palette import GRAY, SERIES, series_style


def cascade(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw how maps change with random weights, with 95 % intervals, one curve per kind of map.

    Args:
        tables: results of :func:`emotion_lib.evaluation.sanity.cascade` by kind of map.
    """
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axis = figure.subplots()
    for index, (name, table) in enumerate(tables.items()):
        mean, low, high = table[["correlation", "low", "high"]].to_numpy().T
        error = np.stack([mean - low, high - mean])
        axis.errorbar(table["share"], mean, error, capsize=2, label=name, **series_style(index))
    axis.axhline(0, color="black", linewidth=0.8)
    axis.set_xlabel("layers with random weights, from the last one")
    axis.set_ylabel("rank correlation with\nthe trained network's map")
    axis.set_ylim(None, 1.05)
    percent(axis, "x")
    legend_above(axis)
    remove_frame(axis)
    return figure


def replacement_curves(panels: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """Draw the mean probability while places are covered or restored, one panel per kind of curve.

    Args:
        panels: by the label of the x axis, such as "places covered": by name of the order, curves
            ``(n, points)``, see :mod:`emotion_lib.evaluation.deletion`. The panels have the same
            orders.
    """
    figure = Figure(figsize=(4.8 * len(panels), 4.2), layout="constrained")
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axis, (label, curves) in zip(axes, panels.items(), strict=True):
        for index, (name, of_order) in enumerate(curves.items()):
            shares = np.linspace(0, 1, of_order.shape[1])
            style = series_style(index) | {"markersize": 4}
            if index >= len(SERIES):  # no colour is used twice
                style |= {"color": GRAY, "linestyle": "--"}
            axis.plot(shares, of_order.mean(axis=0), label=name, **style)
        axis.set_xlabel(label)
        axis.set_ylim(0, None)
        percent(axis, "x")
        remove_frame(axis)
    axes[0].set_ylabel("mean probability of the answer")
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=3, frameon=False)
    return figure


def mean_maps(rows: Mapping[str, np.ndarray], titles: Sequence[str]) -> Figure:
    """Draw maps of classes side by side, one row per kind of map, without any face.

    Each row has a scale of its own; a row with values of both signs has 0 in the middle of it.

    Args:
        rows: by kind of map, float ``(classes, rows, columns)``; NaN for a class without a map.
        titles: one per class.
    """
    height = 0.5 + 1.5 * len(rows)
    width = min(10, 1.35 * len(titles) + 1.2)
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(len(rows), len(titles), squeeze=False)
    for line, (kind, maps) in zip(axes, rows.items(), strict=True):
        line[0].set_ylabel(kind)
        limit = max(1e-9, float(np.nanmax(np.abs(maps))))
        scale = {"cmap": HEAT, "vmin": 0, "vmax": limit}
        if np.nanmin(maps) < 0:
            scale = {"cmap": SIGNED, "vmin": -limit, "vmax": limit}
        for axis, heat in zip(line, maps, strict=True):
            drawn = axis.imshow(heat, interpolation="bilinear", **scale)
            axis.set(xticks=[], yticks=[])
        figure.colorbar(drawn, ax=line, aspect=12)
    for axis, title in zip(axes[0], titles, strict=True):
        axis.set_title(title, fontsize=10)
    return figure
