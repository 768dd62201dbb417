"""Colours of the figures: one per expression, one per model, two for training and validation."""

from collections.abc import Iterable
from typing import Any

from ..labels import EXPRESSION_COLORS

# Five of Okabe & Ito's eight ("Color universal design", 2008), which people with any common colour
# vision can distinguish. Of the others sky blue, amber and yellow are too pale on white.
BLUE = "#0072B2"
ORANGE = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
BLACK = "#000000"
VIOLET = "#7700DD"
GRAY = "#999999"
# Colours of several models in one figure, in order.
SERIES = (BLUE, ORANGE, GREEN, PURPLE, VIOLET, BLACK)
# Their markers, of an unequal number, so that no colour and marker come together again soon.
MARKERS = ("o", "s", "D", "^", "v", "P", "X")


def series_style(index: int) -> dict[str, Any]:
    """Return the colour and the marker of the model at an index of a figure.

    Example:
        >>> series_style(1)
        {'color': '#D55E00', 'marker': 's'}
    """
    color = SERIES[index % len(SERIES)]
    return {"color": color, "marker": MARKERS[index % len(MARKERS)]}


def colors_of(class_names: Iterable[str], default: str = BLUE) -> list[str]:
    """Return the colour of each class: the expression's own, or ``default`` for other classes.

    Example:
        >>> colors_of(["happy", "bored"])
        ['#D97B03', '#0072B2']
    """
    return [EXPRESSION_COLORS.get(name, default) for name in class_names]
