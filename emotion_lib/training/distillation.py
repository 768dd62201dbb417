"""Distillation: the probabilities of several large networks as labels for one small network.

Source: Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network", 2015. The student
sees the same views as the teachers: every view of an image comes with their probabilities for that
very view ("consistent teaching", Beyer et al., "Knowledge distillation: A good teacher is patient
and consistent", CVPR 2022). The student's recipe may degrade the view further.
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
    """Return several views of every image, each with the teachers' mean probabilities for it.

    Each view, and each teacher's probabilities for it, is written to disk when it is done. An
    interrupted call continues with the next view, and a call with one more teacher runs that
    teacher alone.

    Args:
        teachers: models, raw pixels in, probabilities of ``class_names`` out; each also sees the
            mirror image.
        split: training images with labels ``(n,)`` or label distributions ``(n, num_classes)``.
        class_names: names of labels and outputs.
        folder: cache of the views (2.3 kB per image and view at 48 px). Views of other images, or
            of another transform or seed, are computed again.
        transform: makes a view, see :mod:`emotion_lib.datasets.transforms`.
        views: number of views per image.
        hard: share of the true label in the new labels.
        precision: of the teachers' computation, see :func:`emotion_lib.evaluation.evaluate`.
        seed: of the views.

    Returns:
        ``views * n`` images uint8, view by view, with label distributions float32
        ``(views * n, num_classes)``.

    Raises:
        ValueError: no teacher or no view.
    """
    if not teachers or views < 1:
        raise ValueError(
            f"Expected at least one teacher and one view. Received: {len(teachers)} and {views}."
        )
    images = np.asarray(split.images)
    truth = one_hot(split, len(class_names)).labels

    def make_view(view: int) -> np.ndarray:
        rng = np.random.default_rng([seed, view])
        changed, _ = transform(images, split.labels, rng, 0)
        return changed.astype(np.uint8)

    def predict(teacher: keras.Model, view_images: np.ndarray) -> np.ndarray:
        view_split = Split(view_images, truth.argmax(axis=1))
        result = evaluate(teacher, view_split, class_names, flip=True, precision=precision)
        return result.y_score.astype(np.float32)

    made_from = digest_of(repr((transform, seed, images.shape)), images, length=16)
    cache = folder / f"views-{made_from}"
    cache.mkdir(parents=True, exist_ok=True)
    settings = repr((precision, tuple(class_names)))
    names = [digest_of(settings, *teacher.get_weights(), length=16) for teacher in teachers]
    all_images = []
    all_labels = []
    for view in tqdm(range(views), desc="teaching", unit="view", disable=views < 2):
        view_images = _cached(cache / f"{view}.npy", make_view, view)
        scores = []
        for name, teacher in zip(names, teachers, strict=True):
            scores.append(_cached(cache / f"{view}-{name}.npy", predict, teacher, view_images))
        labels = hard * truth + (1 - hard) * np.mean(scores, axis=0)
        all_images.append(view_images)
        all_labels.append(labels.astype(np.float32))
    return Split(np.concatenate(all_images), np.concatenate(all_labels))


def _cached(file: Path, compute: Callable[..., np.ndarray], *arguments) -> np.ndarray:
    """Return the array in a file; if there is no file, compute the array and write it first."""
    if not file.exists():
        array = compute(*arguments)
        with atomic_file(file) as temporary:
            np.save(temporary, array)
    return np.load(file)
