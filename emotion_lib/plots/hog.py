"""Histograms of oriented gradients, cell by cell."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .axes import remove_frame
from .palette import BLUE, ORANGE


def hog_cell(
    face: np.ndarray, row: int, column: int, *, orientations: int = 9, cell: int = 8
) -> Figure:
    """Draw how one cell of a face becomes numbers: its pixels, their gradients, the histogram.

    Args:
        face: uint8 ``(height, width)`` gray.
        row: of the cell, from 0 at the top.
        column: the same, from the left.
        orientations: bins of the direction, over 180 degrees.
        cell: height and width in pixels.
    """
    figure = Figure(figsize=(9.6, 3.2), layout="constrained")
    whole, zoom, bars = figure.subplots(1, 3)
    whole.imshow(face, cmap="gray", vmin=0, vmax=255)
    corner = (column * cell - 0.5, row * cell - 0.5)
    whole.add_patch(Rectangle(corner, cell, cell, fill=False, color=ORANGE, linewidth=2))
    whole.set(
        title=f"{face.shape[0] // cell} x {face.shape[1] // cell} cells", xticks=[], yticks=[]
    )

    rows = slice(row * cell, (row + 1) * cell)
    columns = slice(column * cell, (column + 1) * cell)
    down, right = gradients(face)
    zoom.imshow(face[rows, columns], cmap="gray")
    zoom.quiver(right[rows, columns], down[rows, columns], color=ORANGE, angles="xy", pivot="mid")
    zoom.set(title="gradients of the cell", xticks=[], yticks=[])

    histogram = cell_histograms(face, orientations, cell)[row, column]
    step = 180 / orientations
    middles = step * (np.arange(orientations) + 0.5)
    bars.bar(middles, histogram, 0.9 * step, color=BLUE)
    bars.set_xticks(np.arange(0, 181, 2 * step))
    bars.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}°")
    bars.set(
        title=f"{orientations} numbers", xlabel="direction of the gradient", ylabel="mean length"
    )
    remove_frame(bars)
    return figure


def hog(
    faces: np.ndarray, titles: Sequence[str], *, orientations: int = 9, cell: int = 8
) -> Figure:
    """Draw faces, and below each the histograms of its cells as stars of strokes.

    A stroke lies along the edge, at a right angle to the gradient; the darker, the more of it.

    Args:
        faces: uint8 ``(n, height, width)`` gray.
        titles: one per face.
        orientations: bins of the direction, over 180 degrees.
        cell: height and width in pixels.
    """
    width = min(10, 1.5 * len(faces))
    side = width / len(faces)
    figure = Figure(figsize=(width, 2 * side + 0.3), layout="constrained")
    axes = figure.subplots(2, len(faces), squeeze=False)
    for column, (face, title) in enumerate(zip(faces, titles, strict=True)):
        axes[0, column].imshow(face, cmap="gray", vmin=0, vmax=255)
        axes[0, column].set_title(title, fontsize=9)
        _stars(axes[1, column], cell_histograms(face, orientations, cell))
    for axis in axes.ravel():
        axis.set(xticks=[], yticks=[])
    return figure


def gradients(face: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the differences of neighbouring pixels downwards and to the right, 0 at the border.

    Args:
        face: uint8 ``(height, width)``.

    Returns:
        Two arrays, float64 ``(height, width)``.
    """
    pixels = face.astype(float)
    down = np.zeros_like(pixels)
    right = np.zeros_like(pixels)
    down[1:-1] = pixels[2:] - pixels[:-2]
    right[:, 1:-1] = pixels[:, 2:] - pixels[:, :-2]
    return down, right


def cell_histograms(face: np.ndarray, orientations: int = 9, cell: int = 8) -> np.ndarray:
    """Return the histograms of oriented gradients before the blocks are normalised.

    They are those of scikit-image's ``hog``, which does not return them.

    Args:
        face: uint8 ``(height, width)``.
        orientations: bins of the direction, over 180 degrees.
        cell: height and width in pixels.

    Returns:
        float64 ``(rows, columns, orientations)``: mean length of the gradient per pixel.
    """
    down, right = gradients(face)
    length = np.hypot(down, right)
    angle = np.rad2deg(np.arctan2(down, right)) % 180
    bins = np.minimum((angle / 180 * orientations).astype(int), orientations - 1)
    spread = np.eye(orientations)[bins] * length[..., None]
    rows = face.shape[0] // cell
    columns = face.shape[1] // cell
    cells = spread[: rows * cell, : columns * cell]
    return cells.reshape(rows, cell, columns, cell, orientations).mean(axis=(1, 3))


def _stars(axis: Axes, histograms: np.ndarray) -> None:
    """Draw one star of strokes per cell."""
    rows, columns, orientations = histograms.shape
    angles = np.pi * (np.arange(orientations) + 0.5) / orientations
    # At a right angle to the gradient, in units of a cell.
    strokes = 0.45 * np.stack([-np.sin(angles), np.cos(angles)], axis=1)
    places = np.indices((columns, rows)).transpose(2, 1, 0)[:, :, None] + 0.5
    segments = np.stack([places - strokes, places + strokes], axis=3).reshape(-1, 2, 2)
    # A single strong edge would leave all others pale.
    strength = np.clip(histograms / max(1e-9, np.percentile(histograms, 95)), 0, 1)
    lines = LineCollection(list(segments), colors="black", alpha=strength.ravel(), linewidths=1.4)
    axis.add_collection(lines)
    axis.set(xlim=(0, columns), ylim=(rows, 0), aspect="equal")
