"""Confidence of a model: reliability and risk-coverage curves."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..evaluation import Evaluation
from ..evaluation.intervals import wilson_interval
from .axes import legend_above, percent, remove_frame
from .palette import GRAY, series_style

# Images in a bin of confidence that is drawn; the accuracy of fewer says nothing.
FEWEST_IMAGES = 10
# Answers from which on a risk is drawn: that of the first few jumps between 0 and 1.
FEWEST_ANSWERS = 30


def reliability(evaluations: Mapping[str, Evaluation]) -> Figure:
    """Draw accuracy against confidence with 95 % Wilson intervals, one curve per evaluation.

    On the diagonal a model is calibrated; below it, it is too sure. Bins with fewer than 10 images
    are left out of the curve, but count in the expected calibration error (ECE), which the legend
    gives. The lower panel shows how many images have which confidence.

    Args:
        evaluations: of single-label tasks, by name.
    """
    figure = Figure(figsize=(6, 6), layout="constrained")
    axis, shares = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    axis.plot([0, 1], [0, 1], color=GRAY, linestyle=":", label="calibrated")
    for index, (name, evaluation) in enumerate(evaluations.items()):
        style = series_style(index)
        bins = evaluation.reliability()
        label = f"{name}, ECE {evaluation.calibration_error:.3f}"
        _accuracies(axis, bins[bins["n"] >= FEWEST_IMAGES], label, style)
        shares.plot(bins["confidence"], bins["n"] / evaluation.n, **style, markersize=4)
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), ylabel="accuracy, with its 95 % interval")
    shares.set(ylim=(0, None), xlabel="confidence", ylabel="images")
    percent(axis, "y")
    percent(shares, "x", "y")
    legend_above(axis)
    remove_frame(axis)
    remove_frame(shares)
    return figure


def _accuracies(axis: Axes, bins: pd.DataFrame, label: str, style: Mapping[str, Any]) -> None:
    """Draw the accuracy of each bin with its interval."""
    hits = (bins["accuracy"] * bins["n"]).round().astype(int)
    ends = np.array([wilson_interval(*pair) for pair in zip(hits, bins["n"], strict=True)])
    error = np.abs(ends.reshape(-1, 2) - bins[["accuracy"]].to_numpy()).T
    axis.errorbar(bins["confidence"], bins["accuracy"], error, capsize=2, label=label, **style)


def risk_coverage(evaluations: Mapping[str, Evaluation], threshold: float | None = None) -> Figure:
    """Draw the share of wrong answers against the share of images answered.

    The curve begins at 30 answers. Its right end is the error of a model that answers every image.

    Args:
        evaluations: by name.
        threshold: of confidence; a dot marks the place where it leads, with its 95 % Wilson
            interval. None: no dot.
    """
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axis = figure.subplots()
    for index, (name, evaluation) in enumerate(evaluations.items()):
        style = series_style(index)
        thresholds, coverage, risk = evaluation.risk_coverage()
        first = min(FEWEST_ANSWERS, len(risk)) - 1
        label = name
        answered = 0 if threshold is None else int((thresholds >= threshold).sum())
        if answered:
            place = (coverage[answered - 1], risk[answered - 1])
            _mark(axis, place, answered, style)
            label = f"{name}: {place[0]:.0%} answered, {place[1]:.1%} of them wrong"
        axis.plot(coverage[first:], risk[first:], color=style["color"], label=label)
    axis.set(
        xlim=(0, 1.02),
        ylim=(0, None),
        xlabel="share of images answered",
        ylabel="share of wrong answers",
    )
    percent(axis, "x", "y")
    legend_above(axis)
    remove_frame(axis)
    return figure


def _mark(axis: Axes, place: tuple[float, float], answered: int, style: Mapping[str, Any]) -> None:
    """Mark a place of the curve with a dot and the interval of its risk."""
    coverage, risk = place
    low, high = wilson_interval(round(risk * answered), answered)
    error = [[risk - low], [high - risk]]
    axis.errorbar(coverage, risk, error, linestyle="", capsize=3, **style)
