"""Batches of one size for inference.

JAX compiles a function again for every shape that it receives, which takes seconds to a minute.
"""

from collections.abc import Callable, Iterator

import numpy as np


def inference_size(n: int, batch_size: int) -> int:
    """Return the size of all batches of ``n`` images.

    It is at most ``batch_size``, and a power of two below that, so that splits of about the same
    size need one compilation.

    Example:
        >>> inference_size(3_000, 256), inference_size(100, 256)
        (256, 128)
    """
    return min(batch_size, 1 << (n - 1).bit_length())


def apply_padded(
    function: Callable[[np.ndarray], np.ndarray], images: np.ndarray, size: int
) -> np.ndarray:
    """Return the output of a function for at most ``size`` images, passed as a full batch.

    Args:
        function: images ``(size, ...)`` -> array ``(size, ...)``, each row of its image only.
        images: ``(n, ...)``; the last one is repeated up to ``size``.
        size: images per call.

    Returns:
        Array ``(n, ...)``.
    """
    missing = size - len(images)
    if missing:
        images = np.concatenate([images, np.repeat(images[-1:], missing, axis=0)])
    return np.asarray(function(images))[: size - missing]


def in_batches(
    function: Callable[[np.ndarray], np.ndarray], images: np.ndarray, batch_size: int
) -> Iterator[np.ndarray]:
    """Yield the outputs of a function batch by batch.

    The function receives batches of one size only, see :func:`apply_padded`.

    Args:
        function: images ``(size, ...)`` -> array ``(size, ...)``.
        images: ``(n, ...)``.
        batch_size: images per call, at most.
    """
    size = inference_size(len(images), batch_size)
    for start in range(0, len(images), size):
        yield apply_padded(function, images[start : start + size], size)
