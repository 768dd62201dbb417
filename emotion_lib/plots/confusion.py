"""Confusion matrices."""

import textwrap
from collections.abc import Sequence

import numpy as np
import seaborn as sns
from matplotlib.figure import Figure

from ..evaluation import Evaluation


def confusion_matrix(evaluation: Evaluation, title: str = "") -> Figure:
    """Draw the confusion matrix in percent of the true class (row).

    Args:
        evaluation: of a single-label task.
        title: of the figure.
    """
    matrix = evaluation.confusion_matrix
    counts = matrix.sum(axis=1)
    share = matrix / np.maximum(counts, 1)[:, None]
    return _heat_map(share, counts, evaluation.class_names, title, "% of the true class")


def co_occurrence(evaluation: Evaluation, title: str = "") -> Figure:
    """Draw how often each label (column) is predicted for images with a true label (row).

    Args:
        evaluation: of a multi-label task.
        title: of the figure.
    """
    share = evaluation.co_occurrence / np.maximum(evaluation.support, 1)[:, None]
    unit = "% of the images with the true label"
    return _heat_map(share, evaluation.support, evaluation.class_names, title, unit)


def _heat_map(
    share: np.ndarray, counts: np.ndarray, names: Sequence[str], title: str, unit: str
) -> Figure:
    """Draw shares 0..1: one row per true class, with its number of images, one column predicted."""
    few = len(names) < 12
    # Up to 26 classes fit into a notebook's 10 inches, with numbers that can be read.
    side = 2.2 + min(7, (0.55 if few else 0.36) * len(names))
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axis = figure.subplots()
    rows = [f"{name} ({count})" for name, count in zip(names, counts, strict=True)]
    sns.heatmap(
        100 * share,
        annot=True,
        fmt=".0f",
        cmap="Blues",
        vmin=0,
        vmax=100,
        square=True,
        xticklabels=names,
        yticklabels=rows,
        cbar_kws={"label": unit},
        annot_kws={"size": 10 if few else 8},
        ax=axis,
    )
    axis.set(xlabel="predicted", ylabel="true (images)")
    # The name of a run may be long and without spaces.
    axis.set_title(textwrap.fill(title, int(9 * side)), fontsize=11)
    axis.tick_params(axis="x", rotation=45 if few else 90)
    axis.tick_params(axis="y", rotation=0)
    return figure


def label_confusions(evaluation: Evaluation, columns: int = 5) -> Figure:
    """Draw one confusion matrix per label of a multi-label task: absent and present, in images.

    Args:
        evaluation: of a multi-label task.
        columns: matrices per row.
    """
    names = evaluation.class_names
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(2 * columns, 2.1 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes[len(names) :]:
        axis.axis("off")
    for axis, name, matrix in zip(axes, names, evaluation.confusion_matrix, strict=False):
        sns.heatmap(
            matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1),
            annot=matrix,
            fmt="d",
            cmap="Blues",
            vmin=0,
            vmax=1,
            square=True,
            cbar=False,
            xticklabels=["no", "yes"],
            yticklabels=["no", "yes"],
            ax=axis,
        )
        axis.set_title(name, fontsize=9)
    figure.supxlabel("predicted", fontsize=9)
    figure.supylabel("true", fontsize=9)
    return figure
