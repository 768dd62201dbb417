"""Sanity check of heat maps: do they change when the network forgets what it learned?

Adebayo, Gilmer, Muelly, Goodfellow, Hardt & Kim, "Sanity Checks for Saliency Maps", NeurIPS 2018,
section 3.1: the weights are replaced by random ones, layer after layer from the last to the first.
"""

from collections.abc import Callable

import keras
import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from tqdm.auto import tqdm

from ..models.conversion import finalize, flat
from .intervals import mean_interval


def cascade(
    model: keras.Model,
    maps_of: Callable[[keras.Model], np.ndarray],
    depths: int = 6,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare the maps of a network with those after a growing part of it has random weights.

    Args:
        model: the trained network. It is not changed.
        maps_of: a model -> maps ``(n, rows, columns)`` of the same images and classes each time,
            such as ``partial(grad_cam, images=images, classes=classes)``.
        depths: number of steps: the last layer, the last two or so, ever more; in the end all.
        seed: of the random weights.

    Returns:
        One row per step, with the number of random ``layers`` as index: their ``share`` of all, the
        ``first`` of them, and ``correlation``, the mean over the images of the rank correlation
        with the trained network's map, with its 95 % interval ``low`` to ``high``. A map of equal
        values has no order, so its correlation counts as 0.

    Example:
        >>> from functools import partial
        >>> maps_of = partial(grad_cam, images=faces, classes=labels)  # doctest: +SKIP
        >>> cascade(model, maps_of)["correlation"].round(2).tolist()  # doctest: +SKIP
        [1.0, 0.31, 0.12, 0.05, 0.02, -0.01, 0.03]
    """
    network = flat(model)
    trained = maps_of(network)
    kernels = _layers_with_kernel(network)
    counts = np.unique(np.geomspace(1, len(kernels), depths).round().astype(int))
    rows = []
    for count in tqdm([0, *counts.tolist()], "random weights", leave=False):
        maps = trained if count == 0 else maps_of(with_random_weights(network, count, seed))
        correlations = rank_correlations(trained, maps)
        low, high = mean_interval(correlations)
        rows.append(
            {
                "layers": count,
                "share": count / len(kernels),
                "first": kernels[-count].name if count else "",
                "correlation": correlations.mean(),
                "low": low,
                "high": high,
            }
        )
    return pd.DataFrame(rows).set_index("layers")


def with_random_weights(model: keras.Model, count: int, seed: int = 0) -> keras.Model:
    """Return a copy of a network whose last layers are as before any training.

    Args:
        model: any built model of layers that Keras can copy. It is not changed.
        count: number of layers with a kernel, counted from the output. The layers behind the first
            of them, such as batch normalisation, are reset as well.
        seed: of the kernels, which are Glorot-uniform (Glorot & Bengio, 2010), Keras's default.

    Raises:
        ValueError: the network has fewer layers with a kernel.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> with_random_weights(model, 1).output_shape
        (None, 1)
    """
    network = flat(model)
    kernels = _layers_with_kernel(network)
    if not 0 <= count <= len(kernels):
        raise ValueError(f"Expected a count from 0 to {len(kernels)}. Received: {count}.")
    is_random = False
    for index, layer in enumerate(network.layers):
        is_random = is_random or layer in kernels[len(kernels) - count :]
        if is_random and layer.weights:
            fresh = type(layer).from_config(layer.get_config())
            fresh.build(layer.input.shape)
            layer.set_weights(_initial(fresh.get_weights(), seed + index))
    finalize(network)
    return network


def rank_correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the rank correlation of each pair of maps; 0 where all values of a map are equal.

    Args:
        first, second: ``(n, rows, columns)``.

    Returns:
        float64 ``(n,)``.
    """
    found = []
    for one, other in zip(first, second, strict=True):
        flat = np.ptp(one) == 0 or np.ptp(other) == 0
        found.append(0.0 if flat else spearmanr(one, other, axis=None).statistic)
    return np.array(found)


def _layers_with_kernel(network: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers that have weights of two or more axes, in the order of the graph."""
    return [layer for layer in network.layers if any(w.ndim > 1 for w in layer.weights)]


def _initial(weights: list[np.ndarray], seed: int) -> list[np.ndarray]:
    """Return the weights of a new layer with other kernels, which depend on the seed alone."""
    glorot = keras.initializers.GlorotUniform(seed)
    values = []
    for array in weights:
        values.append(np.asarray(glorot(array.shape)) if array.ndim > 1 else array)
    return values
