"""Axes for pictures in a grid, with a computed layout."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

# Inches.
WIDEST = 10  # figure
WIDEST_PICTURE = 1.36
GAP = 0.07
LINE = 0.145  # height of a line of a title
CHARACTER = 0.09  # width of one of a row's name


def picture_axes(
    count: int,
    shape: tuple[float, float],
    titles: Sequence[str],
    columns: int,
    rows: Sequence[str] = (),
    gap: float = GAP,
) -> tuple[Figure, np.ndarray]:
    """Return a figure with axes without ticks for some pictures, and these in one row.

    The layout is computed: matplotlib's own cuts off titles of several lines, because it measures
    them before it makes the pictures square.

    Args:
        count: number of pictures.
        shape: height and width of one of them, in any unit.
        titles: one per picture, or none.
        columns: axes per row.
        rows: names of the rows, or none.
        gap: inches between two pictures of a row.
    """
    row_count = max(1, -(-count // columns))
    lines = max((title.count("\n") + 1 for title in titles if title), default=0)
    title_height = LINE * lines + GAP
    left = GAP + CHARACTER * max(map(len, rows), default=0)
    picture_width = (WIDEST - left) / columns - gap
    picture_width = min(picture_width, WIDEST_PICTURE * shape[1] / shape[0])
    picture_height = picture_width * shape[0] / shape[1]
    width = left + columns * (picture_width + gap)
    height = row_count * (title_height + picture_height) + GAP
    figure = Figure(figsize=(width, height))
    axes = figure.subplots(row_count, columns, squeeze=False).ravel()
    figure.subplots_adjust(
        left=left / width,
        right=1 - gap / width,
        bottom=GAP / height,
        top=1 - title_height / height,
        wspace=gap / picture_width,
        hspace=title_height / picture_height,
    )
    for axis in axes:
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    for axis, title in zip(axes, titles, strict=False):
        axis.set_title(title, fontsize=8, pad=3)
    return figure, axes
