"""Names beside points, placed so that they cover neither each other nor the points."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

# Offset in points of 1/72 inch, and alignment; the first that is free is taken.
_PLACES = (
    ((7, 0), "left", "center"),
    ((-7, 0), "right", "center"),
    ((4, 6), "left", "bottom"),
    ((4, -6), "left", "top"),
    ((-4, 6), "right", "bottom"),
    ((-4, -6), "right", "top"),
)
_MARKER = 4  # px from the middle of a point to its border
_BAR = 1  # px likewise of an interval


def name_points(
    axis: Axes,
    names: Sequence[str],
    places: np.ndarray,
    limits: np.ndarray,
    colors: Sequence[str],
) -> list[Annotation]:
    """Write a name beside each point, within the axes, over no other name, point or interval.

    A name for which no place is free stands to the right of its point.

    Args:
        axis: with its final limits.
        names: one per point.
        places: of the points in data coordinates, float ``(n, 2)``.
        limits: lower and upper end of their vertical intervals, float ``(n, 2)``.
        colors: of the names.

    Returns:
        The texts, in the order of the names.
    """
    # The layout moves the axes; a name must not move them once more.
    axis.get_figure(root=True).draw_without_rendering()
    taken = []
    for (x, y), (low, high) in zip(places, limits, strict=True):
        taken += [_box(axis, x, y, y, _MARKER), _box(axis, x, low, high, _BAR)]
    written = []
    for name, (x, y), color in zip(names, places, colors, strict=True):
        text = _free_text(axis, name, (x, y), color, taken)
        taken.append(text.get_window_extent())
        written.append(text)
    return written


def _box(axis: Axes, x: float, low: float, high: float, margin: float) -> Bbox:
    """Return a box in pixels around a vertical line in data coordinates."""
    corners = axis.transData.transform([(x, low), (x, high)])
    return Bbox([corners[0] - margin, corners[1] + margin])


def _free_text(
    axis: Axes, name: str, place: tuple[float, float], color: str, taken: Sequence[Bbox]
) -> Annotation:
    """Write a name at the first free place beside its point, or at the first of all."""
    for side in _PLACES:
        text = _text(axis, name, place, color, side)
        box = text.get_window_extent()
        is_inside = axis.bbox.x0 <= box.x0 and box.x1 <= axis.bbox.x1
        if is_inside and box.count_overlaps(taken) == 0:
            return text
        text.remove()
    return _text(axis, name, place, color, _PLACES[0])


def _text(
    axis: Axes,
    name: str,
    place: tuple[float, float],
    color: str,
    side: tuple[tuple[int, int], str, str],
) -> Annotation:
    offset, horizontal, vertical = side
    text = axis.annotate(
        name,
        place,
        offset,
        textcoords="offset points",
        horizontalalignment=horizontal,
        verticalalignment=vertical,
        fontsize=8,
        color=color,
    )
    text.set_in_layout(False)
    return text
