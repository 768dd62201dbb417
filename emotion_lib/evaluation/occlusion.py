"""Occlusion maps of a Keras model, by the same function as those of a served model."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
from tqdm.auto import tqdm

from ..datasets.inference_batches import in_batches
from ..images.occlusion import COPIES_PER_BATCH, occlusion_map
from ..models.folding import folded


def occlusion_maps(
    model: keras.Model, images: np.ndarray, classes: int | Sequence[int] | np.ndarray
) -> np.ndarray:
    """Compute the occlusion map of each image, see :mod:`emotion_lib.images.occlusion`.

    It takes 145 answers per image: about a tenth of a second for the shipped network.

    Args:
        model: raw pixels 0..255 -> one row of class scores. It is not changed.
        images: uint8 ``(n, height, width)`` or ``(n, height, width, channels)``.
        classes: index of the explained class, for all images or one per image.

    Returns:
        float32 ``(n, 12, 12)``: by how much the score falls, negative where it rises.

    Example:
        >>> from emotion_lib.models.sequential_cnn import sequential_cnn
        >>> model = sequential_cnn(widths=(4,))
        >>> occlusion_maps(model, np.zeros((2, 48, 48), np.uint8), classes=3).shape
        (2, 12, 12)
    """
    pixels = images if images.ndim == 4 else images[..., None]
    scores = scores_of(model)
    chosen = np.broadcast_to(classes, len(pixels))
    maps = []
    for image, index in zip(tqdm(pixels, "occlusion", leave=False), chosen, strict=True):
        maps.append(occlusion_map(scores, image, int(index)))
    return np.stack(maps)


def scores_of(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from images, uint8 with channels, to their scores in float32."""
    network = folded(model)

    def scores(images: np.ndarray) -> np.ndarray:
        found = in_batches(network.predict_on_batch, images, COPIES_PER_BATCH)
        return np.concatenate(list(found)).astype(np.float32)

    return scores
