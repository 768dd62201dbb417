"""Precision against recall of each class."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve

from ..evaluation import Evaluation
from .axes import percent, remove_frame
from .palette import GRAY, colors_of

COLUMNS = 4


def precision_recall(evaluation: Evaluation) -> Figure:
    """Draw the precision-recall curve of each class in a panel of its own, the largest class first.

    A dot marks what the predictions reach (a single-label task: the class with the highest score),
    a dotted line the class's share of the images, which a random ranking reaches. The title gives
    the average precision (AP), the area under the curve.

    Args:
        evaluation: of a single-label or a multi-label task. Classes without images are left out.
    """
    order = np.argsort(-evaluation.support, kind="stable")
    order = order[evaluation.support[order] > 0]
    columns = min(COLUMNS, len(order))
    rows = -(-len(order) // columns)
    size = (2.4 * columns, 0.3 + 2.3 * rows)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    table = evaluation.per_label()
    for axis, label in zip(axes, order, strict=False):
        _panel(axis, evaluation, label)
        reached = table.iloc[label]
        axis.plot(reached["recall"], reached["precision"], "o", color="black", markersize=5)
    for axis in axes[len(order) :]:
        axis.set_visible(False)
    for axis in axes[len(order) - columns : len(order)]:  # the lowest of each column
        axis.tick_params(labelbottom=True)
    figure.supxlabel("recall")
    figure.supylabel("precision")
    return figure


def _panel(axis: Axes, evaluation: Evaluation, label: int) -> None:
    """Draw the curve of one class."""
    name = evaluation.class_names[label]
    if evaluation.multi_label:
        truth = evaluation.y_true[:, label].astype(bool)
    else:
        truth = evaluation.y_true == label
    precision, recall, _ = precision_recall_curve(truth, evaluation.y_score[:, label])
    axis.plot(recall, precision, color=colors_of([name])[0], drawstyle="steps-post")
    axis.axhline(truth.mean(), color=GRAY, linestyle=":")
    area = evaluation.average_precision[name]
    axis.set_title(f"{name}, n = {truth.sum():,}\nAP {area:.2f}", fontsize=9)
    axis.set(xlim=(0, 1.03), ylim=(0, 1.03))
    percent(axis, "x", "y")
    axis.tick_params(labelsize=8)
    remove_frame(axis)
