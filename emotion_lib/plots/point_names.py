"""Names beside points, placed so that they cover neither each other nor the points."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

_Side = tuple[tuple[float, float], str, str]
# Direction from the point, and alignment of the text; the first that is free is taken.
_SIDES: tuple[_Side, ...] = (
    ((1, 0), "left", "center"),
    ((-1, 0), "right", "center"),
    ((0.6, 0.8), "left", "bottom"),
    ((0.6, -0.8), "left", "top"),
    ((-0.6, 0.8), "right", "bottom"),
    ((-0.6, -0.8), "right", "top"),
)
# Points of 1/72 inch from a point to its name. A farther name has a line to its point.
_DISTANCES = (7, 16, 26, 40)
_ROOM = 1.06  # a name may be wider by so much at another resolution
_GAP = 2  # px likewise above and below
_MARKER = 4  # px from the middle of a point to its border
_BAR = 1  # px likewise of an interval


def name_points(
    axis: Axes,
    names: Sequence[str],
    places: np.ndarray,
    limits: np.ndarray,
    colors: Sequence[str] | None = None,
) -> list[Annotation]:
    """Write a name beside each point, within the axes, over no other name, point or interval.

    A name for which no place is free stands to the right of its point.

    Args:
        axis: with its final limits and legend.
        names: one per point.
        places: of the points in data coordinates, float ``(n, 2)``.
        limits: lower and upper end of their vertical intervals, float ``(n, 2)``.
        colors: of the names; None: black.

    Returns:
        The texts, in the order of the names.
    """
    # The layout moves the axes; a name must not move them once more.
    axis.get_figure(root=True).draw_without_rendering()
    taken = []
    for (x, y), (low, high) in zip(places, limits, strict=True):
        taken += [_box(axis, x, y, y, _MARKER), _box(axis, x, low, high, _BAR)]
    if axis.get_legend() is not None:
        taken.append(axis.get_legend().get_window_extent())
    written = []
    for name, (x, y), color in zip(names, places, colors or ["black"] * len(names), strict=True):
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
    """Write a name at the first free place around its point, or right of it if there is none."""
    within = axis.bbox
    for distance, side in product(_DISTANCES, _SIDES):
        text = _text(axis, name, place, color, distance, side)
        box = text.get_window_extent()
        growth = box.width * (_ROOM - 1)
        box = Bbox([[box.x0, box.y0 - _GAP], [box.x1 + growth, box.y1 + _GAP]])
        if side[1] == "right":
            box = box.translated(-growth, 0)
        is_inside = within.x0 <= box.x0 and box.x1 <= within.x1 and box.y1 <= within.y1
        if is_inside and box.count_overlaps(taken) == 0:
            if distance > _DISTANCES[0]:
                _line(axis, place, color, distance, side)
            return text
        text.remove()
    return _text(axis, name, place, color, _DISTANCES[0], _SIDES[0])


def _text(
    axis: Axes, name: str, place: tuple[float, float], color: str, distance: int, side: _Side
) -> Annotation:
    (x, y), horizontal, vertical = side
    text = axis.annotate(
        name,
        place,
        (distance * x, distance * y),
        textcoords="offset points",
        horizontalalignment=horizontal,
        verticalalignment=vertical,
        fontsize=8,
        color=color,
    )
    text.set_in_layout(False)
    return text


def _line(axis: Axes, place: tuple[float, float], color: str, distance: int, side: _Side) -> None:
    """Draw a thin line from a point to its name."""
    x, y = side[0]
    style = {"arrowstyle": "-", "color": color, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 3}
    end = (distance * x, distance * y)
    line = axis.annotate("", place, end, textcoords="offset points", arrowprops=style)
    line.set_in_layout(False)
