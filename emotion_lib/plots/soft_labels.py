"""What taggers, teachers and students answer to one face."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .axes import remove_frame
from .palette import colors_of


def soft_labels(
    faces: np.ndarray, answers: Mapping[str, np.ndarray], class_names: Sequence[str]
) -> Figure:
    """Draw faces beside the distributions that several sources give them.

    Args:
        faces: uint8, one face ``(height, width)`` or several ``(n, height, width)``, gray or RGB.
        answers: by source, such as "taggers" and "teacher"; votes or probabilities, float
            ``(num_classes,)`` of one face, ``(n, num_classes)`` of several. Each row is scaled to
            a sum of 1.
        class_names: names of the columns, in order.

    Example:
        >>> soft_labels(face, {"taggers": votes, "teacher": scores}, names)  # doctest: +SKIP
    """
    if np.ndim(next(iter(answers.values()))) == 1:
        faces = faces[None]
    shares = {source: _shares(values) for source, values in answers.items()}
    height = 0.5 + max(1.5, 0.23 * len(class_names)) * len(faces)
    figure = Figure(figsize=(min(10, 3 + 2.3 * len(shares)), height), layout="constrained")
    axes = figure.subplots(len(faces), 1 + len(shares), squeeze=False)
    for index, face in enumerate(faces):
        axes[index, 0].imshow(np.squeeze(face), cmap="gray", vmin=0, vmax=255)
        axes[index, 0].axis("off")
        for column, values in enumerate(shares.values(), start=1):
            axis = axes[index, column]
            _bars(axis, values[index], class_names)
            axis.tick_params(labelleft=column == 1)
    for axis, source in zip(axes[0, 1:], shares, strict=True):
        axis.set_title(source)
    return figure


def _shares(values: np.ndarray) -> np.ndarray:
    """Return the values with rows that sum to 1, ``(n, num_classes)``; a row of zeros stays."""
    rows = np.atleast_2d(np.asarray(values, float))
    total = rows.sum(axis=1, keepdims=True)
    return rows / np.where(total > 0, total, 1)


def _bars(axis: Axes, shares: np.ndarray, class_names: Sequence[str]) -> None:
    """Draw one distribution, the first class at the top; shares of 1 % and more have a number."""
    bars = axis.barh(class_names, shares, color=colors_of(class_names))
    texts = [f"{share:.0%}" if share >= 0.005 else "" for share in shares]
    axis.bar_label(bars, texts, padding=2, fontsize=8)
    axis.set(xlim=(0, 1.2), xticks=[])
    axis.invert_yaxis()
    axis.tick_params(labelsize=8, length=0)
    remove_frame(axis)
    axis.spines["bottom"].set_visible(False)
