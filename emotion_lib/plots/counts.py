"""Images per class, and the weights that make up for their inequality."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from ..datasets import Dataset
from .axes import legend_above, percent, remove_frame
from .palette import colors_of, series_style


def class_counts(dataset: Dataset) -> Figure:
    """Draw the share of each class in each split as bars, with the number of images beside them.

    The classes are in descending order of their training images.

    Args:
        dataset: of a single-label or a multi-label task; of the latter the share of the images
            that have the label.
    """
    counts = dataset.counts().sort_values("train", kind="stable")
    names = counts.index.tolist()
    figure = Figure(figsize=(9.6, 0.9 + 0.3 * len(names)), layout="constrained")
    axes = figure.subplots(1, 3, sharey=True, sharex=True)
    for axis, split in zip(axes, counts, strict=True):
        n = len(getattr(dataset, split))
        share = counts[split] / max(1, n)
        bars = axis.barh(names, share, color=colors_of(names))
        texts = [f"{count:,.0f}" for count in counts[split]]
        axis.bar_label(bars, texts, padding=3, fontsize=9)
        axis.set(title=f"{split}, n = {n:,}", xlabel="share of the images")
        percent(axis, "x")
        axis.margins(x=0.22)  # room for the numbers
        remove_frame(axis)
    return figure


def class_weights(
    labels: np.ndarray,
    weights: Mapping[str, Mapping[int, float] | None],
    class_names: Sequence[str],
) -> Figure:
    """Draw the class weights of several methods beside the images that each class has.

    Args:
        labels: of the training images, int ``(n,)``.
        weights: by name of the method, as :func:`emotion_lib.training.losses.class_weight` returns
            them; None: every class counts the same.
        class_names: what the labels index.
    """
    counts = np.bincount(labels, minlength=len(class_names))
    order = np.argsort(counts, kind="stable")
    names = [class_names[label] for label in order]
    figure = Figure(figsize=(9.6, 1.3 + 0.32 * len(names)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    bars = left.barh(names, counts[order], color=colors_of(names))
    left.bar_label(bars, [f"{count:,}" for count in counts[order]], padding=3, fontsize=9)
    left.margins(x=0.15)
    left.set(xlabel="training images")
    for index, (method, values) in enumerate(weights.items()):
        drawn = [1.0 if values is None else values[label] for label in order.tolist()]
        style = series_style(index)
        right.plot(drawn, names, linestyle=":", label=method, **style)
    right.set(xlabel="weight of one image", xscale="log")
    right.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    right.xaxis.set_minor_locator(NullLocator())
    right.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    right.grid(axis="y", color="0.9")
    legend_above(right)
    remove_frame(left)
    remove_frame(right)
    return figure
