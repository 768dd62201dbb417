"""Features of a frozen network, computed once instead of in every epoch."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from ..datasets import Split
from ..datasets.inference_batches import in_batches
from ..files import digest_of, digest_of_arrays, exclusive, write_text
from .identity import layer_configurations


def cached_features(
    features: keras.Model, split: Split, file: Path, batch_size: int = 256
) -> Split:
    """Compute a frozen network's features of every image, or read them from a file.

    Training a head on them gives the same result as training it on the images.

    Args:
        features: raw pixels -> ``(batch, n_features)``, such as the first model of
            :func:`emotion_lib.models.backbones.split_at_features`. Augmentation in it has no
            effect here.
        split: the images.
        file: ``.npy`` file to keep the features in. One made by another network or of other images
            is replaced.
        batch_size: images per step.

    Returns:
        The split with float32 features ``(n, n_features)``, memory-mapped, in place of the images.

    Raises:
        FolderInUseError: another process computes features in the file's folder.

    Example:
        >>> features, head = split_at_features(model)  # doctest: +SKIP
        >>> train = cached_features(features, dataset.train, folder / "train.npy")  # doctest: +SKIP
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    identity_file = file.with_suffix(".identity")
    identity = digest_of(
        digest_of_arrays(split.labels, split.images),
        layer_configurations(features),
        *features.get_weights(),
    )
    with exclusive(file.parent, "computing features"):
        if not (file.exists() and _read(identity_file) == identity):
            identity_file.unlink(missing_ok=True)
            _compute(features, split, file, batch_size)
            # Last: without it the file counts as unfinished.
            write_text(identity_file, identity)
    return replace(split, images=np.load(file, mmap_mode="r"))


def _read(identity_file: Path) -> str | None:
    return identity_file.read_text(errors="replace") if identity_file.exists() else None


def _compute(features: keras.Model, split: Split, file: Path, batch_size: int) -> None:
    """Write the features of all images to a file."""
    shape = (len(split), features.output_shape[-1])
    array = np.lib.format.open_memmap(file, "w+", np.float32, shape)
    images = split.images if split.images.ndim == 4 else split.images[..., None]
    start = 0
    with tqdm(total=len(split), desc=f"features of {len(split)} images", unit="img") as progress:
        for vectors in in_batches(features.predict_on_batch, images, batch_size):
            array[start : start + len(vectors)] = vectors
            start += len(vectors)
            progress.update(len(vectors))
    array.flush()
