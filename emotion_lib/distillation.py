"""One small network taught by several large ones (Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network",
2015).

The student sees what the teachers have seen: every view of a picture comes with what they said of that very view
("consistent teaching", Beyer et al., "Knowledge distillation: A good teacher is patient and consistent", CVPR 2022).
How much worse the student sees it than they did is its recipe's to say.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from .datasets import Split
from .evaluation import evaluate, mean
from .transforms import one_hot


def teach(
    teachers: Sequence[keras.Model],
    split: Split,
    class_names: Sequence[str],
    folder: Path,
    *,
    transform: Callable,
    views: int = 8,
    hard: float = 0.1,
    precision: str | None = None,
    seed: int = 0,
) -> Split:
    """Several changed views of every picture, each with the teachers' mean probabilities of it.

    A view is written to disk when it is done; a call that was interrupted goes on with the next one.

    Args:
        teachers: models, raw pixels in, probabilities of ``class_names`` out; each also sees the mirror image.
        split: training images with labels ``(n,)`` or shares ``(n, num_classes)``.
        class_names: what labels and outputs mean.
        folder: where the views are kept (2.3 kB an image and view at 48 px). One made by other teachers, of other images
            or otherwise is made anew.
        transform: makes a view, see :mod:`emotion_lib.transforms`.
        views: how many.
        hard: share of the true label in the new ones.
        precision: that the teachers compute in, see :func:`emotion_lib.evaluation.evaluate`.
        seed: of the views.

    Returns:
        ``views * n`` images, view by view, with shares float32 ``(views * n, num_classes)``.
    """
    if not teachers or views < 1:
        raise ValueError(f"Expected at least one teacher and one view. Received: {len(teachers)} and {views}.")
    digest = hashlib.sha256(repr((transform, hard, precision, seed, tuple(class_names))).encode())
    for weights in (w for teacher in teachers for w in teacher.get_weights()):
        digest.update(np.ascontiguousarray(weights))
    digest.update(np.ascontiguousarray(split.images))
    digest.update(np.ascontiguousarray(split.labels))
    kept = folder / f"views-{digest.hexdigest()[:16]}"
    kept.mkdir(parents=True, exist_ok=True)
    truth = one_hot(split, len(class_names)).labels
    images, labels = [], []
    for view in tqdm(range(views), desc="teaching", unit="view", disable=views < 2):
        file = kept / f"{view}.npz"
        if not file.exists():
            rng = np.random.default_rng([seed, view])
            seen, _ = transform(np.asarray(split.images), split.labels, rng, 0)
            plain = Split(seen.astype(np.uint8), truth.argmax(axis=1))
            said = mean([evaluate(t, plain, class_names, flip=True, precision=precision) for t in teachers]).y_score
            temporary = kept / f".{view}.npz"
            np.savez(temporary, images=plain.images, said=said.astype(np.float32))
            temporary.replace(file)
        with np.load(file) as saved:
            images.append(saved["images"])
            labels.append((hard * truth + (1 - hard) * saved["said"]).astype(np.float32))
    return Split(np.concatenate(images), np.concatenate(labels))
