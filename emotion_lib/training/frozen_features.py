"""What a frozen network makes of every image, once instead of every epoch."""

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
    """What a frozen network makes of every image, computed once: training a head on it gives the same as on the images.

    Args:
        features: raw pixels -> ``(batch, n_features)``, such as the first of
            :func:`emotion_lib.models.backbones.split_at_features`. Its augmentation is inert here.
        split: the images.
        file: ``.npy`` to keep them in, so that nothing is computed again after an interruption. A file made by another
            network or of other images is made anew.

    Returns:
        The split with float32 features ``(n, n_features)``, memory-mapped, in the place of the images.

    Raises:
        FolderInUseError: another process computes features in the file's folder.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    identity_file = file.with_suffix(".identity")
    identity = digest_of(
        digest_of_arrays(split.labels, split.images),
        layer_configurations(features),
        *features.get_weights(),
    )
    with exclusive(file.parent, "computing features"):
        if (
            file.exists()
            and identity_file.exists()
            and identity_file.read_text(errors="replace") == identity
        ):
            return replace(split, images=np.load(file, mmap_mode="r"))
        identity_file.unlink(missing_ok=True)
        array = np.lib.format.open_memmap(
            file, "w+", np.float32, (len(split), features.output_shape[-1])
        )
        images = split.images if split.images.ndim == 4 else split.images[..., None]
        with tqdm(
            total=len(split), desc=f"features of {len(split)} images", unit="img"
        ) as progress:
            start = 0
            for vectors in in_batches(features.predict_on_batch, images, batch_size):
                array[start : start + len(vectors)] = vectors
                start += len(vectors)
                progress.update(len(vectors))
        array.flush()
        write_text(identity_file, identity)  # last: without it the file counts as unfinished
    return replace(split, images=np.load(file, mmap_mode="r"))
