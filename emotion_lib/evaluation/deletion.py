"""Deletion and insertion curves: does a heat map name the places that the answer needs?

Petsiuk, Das & Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", BMVC
2018. *Deletion* covers the most important places first: the sooner the probability falls, the
better the map. *Insertion* begins with a blurred image and restores the most important places
first: the sooner it rises, the better.

Places are the cells of a grid of 12 x 12. For insertion, a blurred image is used as in the paper.
On a gray one, restoring the most important places first would be deleting the least important
first, seen from the other end.
"""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
import pandas as pd

from ..images.occlusion import GRID, mean_color
from .intervals import mean_interval

# A curve has a point for each twelfth of the cells.
STEPS = 12
# Deviation of the blur as a share of the side: 6 px of 48, at which eyes and mouth are gone.
BLUR = 1 / 8
Scores = Callable[[np.ndarray], np.ndarray]


def order_of(maps: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return the cells of the grid by importance, the most important first.

    Args:
        maps: float ``(n, rows, columns)``, enlarged to 12 x 12 by bilinear interpolation.
        seed: of the order of equal values, such as the zeros of Grad-CAM.

    Returns:
        int ``(n, 144)``; a cell's number is ``12 * row + column``.

    Example:
        >>> order_of(-np.arange(144.0).reshape(1, 12, 12))[0, :3].tolist()
        [0, 1, 2]
    """
    ties = np.random.default_rng(seed)
    orders = []
    for heat in maps:
        fine = heat.astype(np.float32)
        cells = cv2.resize(fine, (GRID, GRID), interpolation=cv2.INTER_LINEAR).ravel()
        orders.append(np.lexsort((ties.random(cells.size), -cells)))
    return np.stack(orders)


def centre_map() -> np.ndarray:
    """Return a map that knows nothing but the middle of the image, float32 ``(12, 12)``."""
    middle = (GRID - 1) / 2
    rows, columns = np.mgrid[:GRID, :GRID]
    return -np.hypot(rows - middle, columns - middle).astype(np.float32)


def mean_of_others(maps: np.ndarray) -> np.ndarray:
    """Return for each map the mean of all others: what is known without looking at the image.

    Args:
        maps: float ``(n, rows, columns)``, at least two.
    """
    return (maps.sum(axis=0) - maps) / (len(maps) - 1)


def deletion(
    scores: Scores, images: np.ndarray, classes: np.ndarray, orders: np.ndarray
) -> np.ndarray:
    """Return the probability of a class while the cells of an image are covered in an order.

    Args:
        scores: images with channels -> scores ``(n, num_classes)``, such as
            :func:`.occlusion.scores_of` a model, or a predictor's network.
        images: uint8 ``(n, height, width)`` or ``(n, height, width, channels)``, of at least 12 px.
        classes: int ``(n,)``.
        orders: int ``(n, 144)``, see :func:`order_of`.

    Returns:
        float32 ``(n, 13)``: with 0, 1/12, 2/12 ... of the cells covered by the mean gray.
    """
    pixels = images if images.ndim == 4 else images[..., None]
    covers = []
    for image in pixels:
        covers.append(np.broadcast_to(mean_color(image), image.shape))
    return _curves(scores, pixels, np.stack(covers), classes, orders)


def insertion(
    scores: Scores, images: np.ndarray, classes: np.ndarray, orders: np.ndarray
) -> np.ndarray:
    """Return the probability of a class while the cells of a blurred image are restored.

    Arguments and result are those of :func:`deletion`: 0, 1/12, 2/12 ... of the cells restored.
    """
    pixels = images if images.ndim == 4 else images[..., None]
    blurred = []
    for image in pixels:
        smooth = cv2.GaussianBlur(image, (0, 0), BLUR * min(image.shape[:2]))
        blurred.append(smooth.reshape(image.shape))
    return _curves(scores, np.stack(blurred), pixels, classes, orders)


def area(curves: np.ndarray) -> np.ndarray:
    """Return the area under each curve by the trapezoidal rule: the mean probability along it.

    Args:
        curves: float ``(n, points)`` over 0 to 1.

    Example:
        >>> area(np.array([[1.0, 0.5, 0.0]])).tolist()
        [0.5]
    """
    return np.trapezoid(curves, dx=1 / (curves.shape[1] - 1), axis=1)


def area_table(curves: Mapping[str, np.ndarray], reference: str) -> pd.DataFrame:
    """Return the mean area under the curves of each order, and how it differs from a reference.

    Args:
        curves: by name of the order, float ``(n, points)`` of the same images each.
        reference: one of the names.

    Returns:
        One row per order: ``n``; mean ``area`` with its 95 % interval over the images (Student's t)
        ``low`` to ``high``; the mean paired ``difference`` to the reference with the interval
        ``difference low`` to ``difference high``.
    """
    baseline = area(curves[reference])
    rows = {}
    for name, of_order in curves.items():
        areas = area(of_order)
        low, high = mean_interval(areas)
        paired = areas - baseline
        row = {"n": len(areas), "area": areas.mean(), "low": low, "high": high}
        row["difference"] = paired.mean()
        row["difference low"], row["difference high"] = mean_interval(paired)
        rows[name] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("order")


def _curves(
    scores: Scores, before: np.ndarray, after: np.ndarray, classes: np.ndarray, orders: np.ndarray
) -> np.ndarray:
    """Return the score while the cells of one image are replaced by those of another, in order."""
    height, width = before.shape[1:3]
    row_of = np.arange(height) * GRID // height
    column_of = np.arange(width) * GRID // width
    shares = np.arange(STEPS + 1)[:, None, None, None] * (GRID**2 // STEPS)
    curves = []
    for first, second, chosen, order in zip(before, after, classes, orders, strict=True):
        rank = np.empty(GRID**2, int)
        rank[order] = np.arange(GRID**2)
        # A pixel is replaced as soon as so many cells are that its own is among them.
        of_pixel = rank.reshape(GRID, GRID)[row_of][:, column_of][None, :, :, None]
        curves.append(scores(np.where(of_pixel < shares, second, first))[:, chosen])
    return np.stack(curves)
