"""Confidence of a model: reliability and risk-coverage curves."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..evaluation import Evaluation
from .axes import percent, remove_frame
from .palette import GRAY, SERIES

# Images in a bin of confidence that is drawn; the accuracy of fewer says nothing.
FEWEST_IMAGES = 10


def reliability(evaluations: Mapping[str, Evaluation]) -> Figure:
    """Draw accuracy against confidence, one curve per evaluation.

    On the diagonal a model is calibrated. Bins with fewer than 10 images are left out of the
    curve, but count in the expected calibration error, which the legend gives.

    Args:
        evaluations: of single-label tasks, by name.
    """
    figure = Figure(figsize=(4.6, 4.4), layout="constrained")
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color=GRAY, linestyle=":")
    for (name, evaluation), color in zip(evaluations.items(), SERIES, strict=False):
        bins = evaluation.reliability()
        bins = bins[bins["n"] >= FEWEST_IMAGES]
        label = f"{name}, error {evaluation.calibration_error:.3f}"
        axis.plot(bins["confidence"], bins["accuracy"], "o-", color=color, label=label)
    axis.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="accuracy")
    percent(axis, "x", "y")
    axis.legend(frameon=False, loc="upper left")
    remove_frame(axis)
    return figure


def risk_coverage(evaluations: Mapping[str, Evaluation], threshold: float | None = None) -> Figure:
    """Draw the share of wrong answers against the share of images answered.

    Args:
        evaluations: by name.
        threshold: of confidence; a dot marks the place where it leads. None: no dot.
    """
    figure = Figure(figsize=(5.2, 4.4), layout="constrained")
    axis = figure.subplots()
    for (name, evaluation), color in zip(evaluations.items(), SERIES, strict=False):
        thresholds, coverage, risk = evaluation.risk_coverage()
        axis.plot(coverage, risk, color=color, label=name)
        answered = 0 if threshold is None else int((thresholds >= threshold).sum())
        if answered:
            _mark(axis, coverage[answered - 1], risk[answered - 1], color)
    axis.set(
        xlim=(0, 1.02),
        ylim=(0, None),
        xlabel="share of images answered",
        ylabel="share of wrong answers",
    )
    percent(axis, "x", "y")
    axis.legend(frameon=False)
    remove_frame(axis)
    return figure


def _mark(axis: Axes, coverage: float, risk: float, color: str) -> None:
    """Mark a place of the curve with a dot and its values."""
    axis.plot(coverage, risk, "o", color=color)
    text = f"{coverage:.0%} answered, {risk:.0%} wrong"
    axis.annotate(text, (coverage, risk), (-6, 6), textcoords="offset points", ha="right")
