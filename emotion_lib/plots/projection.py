"""Vectors of faces in the plane."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path

from .palette import MARKERS, colors_of

# Colours of classes that are no expressions, such as persons; they repeat after 20.
OTHERS = [to_hex(color) for color in colormaps["tab20"](range(20))]
MOST_NAMED = 12  # classes in the legend


def projection(
    points: Mapping[str, np.ndarray], labels: np.ndarray, class_names: Sequence[str]
) -> Figure:
    """Draw projected vectors as points, one panel per kind of vector.

    Each label has a colour and a form. Distances between the groups of a t-SNE or UMAP mean
    little: look at who is whose neighbour.

    Args:
        points: by kind of vector, such as "FaceNet"; float ``(n, 2)`` of the same faces each.
        labels: int ``(n,)``: expressions, or persons.
        class_names: what the labels index. Expressions have their own colours; more than 12
            classes have no legend.
    """
    colors = []
    for label, name in enumerate(class_names):
        colors += colors_of([name], OTHERS[label % len(OTHERS)])
    width = min(10, 4.8 * len(points))
    figure = Figure(figsize=(width, 0.6 + width / len(points)), layout="constrained")
    axes = figure.subplots(1, len(points), squeeze=False)[0]
    for axis, (kind, places) in zip(axes, points.items(), strict=True):
        # One collection: a class drawn after another would cover it.
        point_colors = [colors[label] for label in labels]
        drawn = axis.scatter(*np.transpose(places), s=18, c=point_colors, alpha=0.8, linewidths=0)
        # Small points of two colours look alike to some eyes; their forms do not.
        drawn.set_paths([_path(label) for label in labels])
        axis.set(title=kind, xticks=[], yticks=[])
    present = np.unique(labels).tolist()
    if len(present) <= MOST_NAMED:
        dots = [Line2D([], [], marker=_form(i), linestyle="", color=colors[i]) for i in present]
        names = [class_names[label] for label in present]
        columns = min(len(names), int(width))
        figure.legend(dots, names, loc="outside upper center", ncols=columns, frameon=False)
    return figure


def _form(label: int) -> str:
    """Return the marker of a label."""
    return MARKERS[label % len(MARKERS)]


def _path(label: int) -> Path:
    """Return the outline of the marker of a label."""
    form = MarkerStyle(_form(label))
    return form.get_path().transformed(form.get_transform())
