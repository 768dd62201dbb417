"""What a network sees: its first filters, its feature maps, and heat maps over faces."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

# Perceptually uniform, and readable under any colour vision (Smith & van der Walt, 2015).
HEAT = "inferno"
# For values of both signs: blue below 0, red above.
SIGNED = "RdBu_r"
# A grid of more cannot be read.
MOST = 64
COLUMNS = 8


def filters(kernels: np.ndarray) -> Figure:
    """Draw the filters of a network's first convolution on one scale, with 0 in its middle.

    Args:
        kernels: float ``(height, width, channels, filters)``; at most 64 are drawn. Filters over
            several channels, such as RGB, are drawn as the mean of their channels.
    """
    pictures = np.moveaxis(np.mean(kernels, axis=2), -1, 0)[:MOST]
    limit = max(1e-9, float(np.abs(pictures).max()))
    return _grid(pictures, SIGNED, -limit, limit, "weight")


def feature_maps(maps: np.ndarray) -> Figure:
    """Draw the feature maps of one image on one scale, so that a silent filter looks silent.

    Args:
        maps: float ``(height, width, filters)``; at most 64 are drawn.
    """
    pictures = np.moveaxis(np.asarray(maps, float), -1, 0)[:MOST]
    # A few pixels far above the rest would leave the other maps dark.
    highest = float(np.percentile(pictures, 99.5))
    lowest = min(0.0, float(pictures.min()))
    return _grid(pictures, HEAT, lowest, max(highest, lowest + 1e-9), "activation")


def overlay(
    faces: np.ndarray, heat: np.ndarray, titles: Sequence[str] = (), label: str = "importance"
) -> Figure:
    """Draw faces, and below each the same face under its heat map; all maps share one scale.

    Values of one sign go from dark to light; values of both signs are blue below 0 and red above.

    Args:
        faces: uint8, one face ``(height, width)`` or several ``(n, height, width)``, gray or RGB.
        heat: float ``(rows, columns)`` or ``(n, rows, columns)``, of any size.
        titles: one per face.
        label: of the scale.
    """
    if np.ndim(heat) == 2:
        faces = faces[None]
        heat = heat[None]
    limit = max(1e-9, float(np.abs(heat).max()))
    scale = {"cmap": HEAT, "vmin": 0, "vmax": limit}
    if np.min(heat) < 0:
        scale = {"cmap": SIGNED, "vmin": -limit, "vmax": limit}
    side = min(1.7, 8.8 / len(faces))
    size = (1.2 + side * len(faces), 0.4 + 2 * side)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(2, len(faces), squeeze=False)
    for column, face in enumerate(faces):
        _show_face(axes[0, column], face)
        _show_face(axes[1, column], face)
        drawn = axes[1, column].imshow(
            heat[column],
            extent=(-0.5, face.shape[1] - 0.5, face.shape[0] - 0.5, -0.5),
            # What plays no part stays visible.
            alpha=0.75 * np.sqrt(np.abs(heat[column]) / limit),
            interpolation="bilinear",
            **scale,
        )
        if titles:
            axes[0, column].set_title(titles[column], fontsize=9)
    figure.colorbar(ScalarMappable(drawn.norm, drawn.cmap), ax=axes, label=label, aspect=25)
    return figure


def _show_face(axis: Axes, face: np.ndarray) -> None:
    """Show a face without ticks."""
    axis.imshow(np.squeeze(face), cmap="gray", vmin=0, vmax=255)
    axis.axis("off")


def _grid(pictures: np.ndarray, cmap: str, low: float, high: float, label: str) -> Figure:
    """Draw numbered pictures ``(n, height, width)`` in a grid, with one scale of colours."""
    rows = -(-len(pictures) // COLUMNS)
    figure = Figure(figsize=(9.6, 0.4 + 1.2 * rows), layout="constrained")
    axes = figure.subplots(rows, COLUMNS, squeeze=False)
    for axis in axes.ravel():
        axis.axis("off")
    for number, (axis, picture) in enumerate(zip(axes.ravel(), pictures, strict=False)):
        drawn = axis.imshow(picture, cmap=cmap, vmin=low, vmax=high)
        axis.set_title(str(number), fontsize=8, pad=2)
    figure.colorbar(drawn, ax=axes, label=label, aspect=12 * rows)
    return figure
