"""One small network taught by several large ones (Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network",
2015).

The student sees what the teachers have seen: every view of a picture comes with what they said of that very view
("consistent teaching", Beyer et al., "Knowledge distillation: A good teacher is patient and consistent", CVPR 2022).
How much worse the student sees it than they did is its recipe's to say.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from ..datasets import Split
from ..datasets.transforms import one_hot
from ..evaluation import evaluate
from ..files import atomic_file, digest_of


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

    A view is written to disk when it is done, and so is what each teacher says of it: a call that was interrupted goes on
    with the next one, and one with a teacher more asks that one alone.

    Args:
        teachers: models, raw pixels in, probabilities of ``class_names`` out; each also sees the mirror image.
        split: training images with labels ``(n,)`` or shares ``(n, num_classes)``.
        class_names: what labels and outputs mean.
        folder: where the views are kept (2.3 kB an image and view at 48 px). Those of other images, or made otherwise, are
            made anew.
        transform: makes a view, see :mod:`emotion_lib.datasets.transforms`.
        views: how many.
        hard: share of the true label in the new ones.
        precision: that the teachers compute in, see :func:`emotion_lib.evaluation.evaluate`.
        seed: of the views.

    Returns:
        ``views * n`` images, view by view, with shares float32 ``(views * n, num_classes)``.
    """
    if not teachers or views < 1:
        raise ValueError(
            f"Expected at least one teacher and one view. Received: {len(teachers)} and {views}."
        )
    images, truth = np.asarray(split.images), one_hot(split, len(class_names)).labels

    def look(view: int) -> np.ndarray:
        return transform(images, split.labels, np.random.default_rng([seed, view]), 0)[0].astype(
            np.uint8
        )

    def ask(teacher: keras.Model, seen: np.ndarray) -> np.ndarray:
        said = evaluate(
            teacher, Split(seen, truth.argmax(axis=1)), class_names, flip=True, precision=precision
        )
        return said.y_score.astype(np.float32)

    made_from = digest_of(repr((transform, seed, images.shape)), images, length=16)
    kept = folder / f"views-{made_from}"
    kept.mkdir(parents=True, exist_ok=True)
    names = [
        digest_of(repr((precision, tuple(class_names))), *teacher.get_weights(), length=16)
        for teacher in teachers
    ]
    pictures, labels = [], []
    for view in tqdm(range(views), desc="teaching", unit="view", disable=views < 2):
        seen = _kept(kept / f"{view}.npy", look, view)
        said = [
            _kept(kept / f"{view}-{n}.npy", ask, t, seen)
            for t, n in zip(teachers, names, strict=True)
        ]
        pictures.append(seen)
        labels.append((hard * truth + (1 - hard) * np.mean(said, axis=0)).astype(np.float32))
    return Split(np.concatenate(pictures), np.concatenate(labels))


def _kept(file: Path, make: Callable[..., np.ndarray], *arguments) -> np.ndarray:
    """What the file holds; if there is none, what ``make`` returns, once that is safely in it."""
    if not file.exists():
        made = make(*arguments)
        with atomic_file(file) as temporary:
            np.save(temporary, made)
    return np.load(file)
