"""Distillation: the probabilities of several large networks as labels for one small network.

Source: Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network", 2015. The student
sees the same views as the teachers: every view of an image comes with their probabilities for that
very view ("consistent teaching", Beyer et al., "Knowledge distillation: A good teacher is patient
and consistent", CVPR 2022). The student's recipe may degrade the view further.

Teachers have memorised most of the training labels, and say so for views of the training images.
Of two images mixed into one they have seen nothing, so there the student learns what they would
answer elsewhere, too ("function matching" in the same paper).

A head without teachers learns the true labels of the same views. So does the control, the student
without any teacher.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from ..datasets import Split
from ..datasets.transforms import Framing, Mixing, one_hot
from ..datasets.transforms import Sequence as Steps
from ..evaluation import evaluate
from ..files import atomic_file, digest_of

# Images that a transform takes at once, so that it draws again for every few of them.
_BATCH_SIZE = 128


@dataclass(frozen=True)
class Lesson:
    """Views of each training image for a student.

    Attributes:
        transform: makes a view, see :mod:`emotion_lib.datasets.transforms`. If it mixes images,
            their true labels are mixed with them.
        views: number of views per image.
        hard: share of the true label in the labels of a head that has teachers.
    """

    transform: Callable
    views: int = 8
    hard: float = 0.1


def function_matching(framing: Framing, plain: int, mixed: int, hard: float) -> list[Lesson]:
    """Return the lessons with plain views, and those with views that are mixed.

    Args:
        framing: of every view.
        plain: number of views that are framed only.
        mixed: number of views that are framed, then mixed in pairs.
        hard: share of the true label for the plain views; in mixed views teachers speak alone.

    Example:
        >>> [lesson.hard for lesson in function_matching(Framing(), 16, 16, 0.15)]
        [0.15, 0.0]
    """
    lessons = []
    if plain:
        lessons.append(Lesson(framing, plain, hard))
    if mixed:
        mixing = Mixing(alpha=1.0, cutmix=0.3)
        lessons.append(Lesson(Steps((framing, mixing)), mixed, 0.0))
    return lessons


def teach(
    teachers: Sequence[Sequence[keras.Model]],
    split: Split,
    class_names: Sequence[str],
    folder: Path,
    lessons: Sequence[Lesson],
    *,
    precision: str | None = None,
    seed: int = 0,
) -> Split:
    """Return views of every image, each with the teachers' mean probabilities for it.

    Each view, and each teacher's probabilities for it, is written to disk when it is done. An
    interrupted call continues with the next view, and a call with one more teacher runs that
    teacher alone.

    Args:
        teachers: for each head of the student its own teachers: models, raw pixels in,
            probabilities of ``class_names`` out; each also sees the mirror image. A head without
            teachers learns the true labels, mixed if the view is.
        split: training images; for one head with labels ``(n,)`` or ``(n, num_classes)``, for
            several with ``(n, heads, num_classes)``.
        class_names: names of labels and outputs.
        folder: cache of the views (2.3 kB per image and view at 48 px). Views of other images, or
            of another transform or seed, are computed again.
        lessons: in the order of the result; each draws other views.
        precision: of the teachers' computation, see :func:`emotion_lib.evaluation.evaluate`.
        seed: of the views.

    Returns:
        Images uint8, view by view, with label distributions float32 ``(views * n, num_classes)``
        or ``(views * n, heads, num_classes)``.

    Raises:
        ValueError: no view, or labels of another number of heads.
    """
    images = np.asarray(split.images)
    truth = one_hot(split, len(class_names)).labels
    if truth.ndim == 2:
        truth = truth[:, None]
    total = sum(lesson.views for lesson in lessons)
    if not total or truth.shape[1] != len(teachers):
        raise ValueError(
            "Expected at least one view, and labels for each head that has a list of teachers. "
            f"Received: {total} views, {truth.shape[1]} labels per image, {len(teachers)} lists."
        )
    all_images = np.empty((total, *images.shape), np.uint8)
    all_labels = np.empty((total, *truth.shape), np.float32)
    done = 0
    for number, lesson in enumerate(lessons):
        made_from = digest_of(
            repr((lesson.transform, seed + number, images.shape)), images, length=16
        )
        cache = folder / f"views-{made_from}"
        cache.mkdir(parents=True, exist_ok=True)
        for view in tqdm(range(lesson.views), desc="teaching", unit="view", disable=total < 2):
            rng = np.random.default_rng([seed + number, view])
            view_images, own = _view(cache, view, lesson.transform, images, truth, rng)
            all_images[done] = view_images
            for head, of_head in enumerate(teachers):
                labels = own[:, head]
                if of_head:
                    shown = Split(view_images, labels.argmax(axis=1))
                    scores = _mean_scores(of_head, shown, class_names, cache, view, precision)
                    labels = lesson.hard * labels + (1 - lesson.hard) * scores
                all_labels[done, :, head] = labels
            done += 1
    if split.labels.ndim < 3:
        all_labels = all_labels[:, :, 0]
    return Split(
        all_images.reshape(-1, *images.shape[1:]),
        all_labels.reshape(-1, *all_labels.shape[2:]),
    )


def _view(
    cache: Path,
    view: int,
    transform: Callable,
    images: np.ndarray,
    truth: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return a view of all images, and their true labels after the transform, by the cache."""
    image_file = cache / f"{view}.npy"
    label_file = cache / f"{view}-labels-{digest_of(truth, length=16)}.npy"
    if not (image_file.exists() and label_file.exists()):
        # In a random order, as FER-2013 is sorted by class, and a batch is mixed within itself.
        order = rng.permutation(len(images))
        view_images = np.empty_like(images)
        view_labels = np.empty_like(truth)
        for start in range(0, len(images), _BATCH_SIZE):
            rows = order[start : start + _BATCH_SIZE]
            changed, view_labels[rows] = transform(images[rows], truth[rows], rng, 0)
            view_images[rows] = np.rint(changed)
        _write(image_file, view_images)
        _write(label_file, view_labels)
    return np.load(image_file), np.load(label_file)


def _mean_scores(
    teachers: Sequence[keras.Model],
    shown: Split,
    class_names: Sequence[str],
    cache: Path,
    view: int,
    precision: str | None,
) -> np.ndarray:
    """Return the teachers' mean probabilities for a view, by the cache."""
    settings = repr((precision, tuple(class_names)))
    scores = []
    for teacher in teachers:
        name = digest_of(settings, *teacher.get_weights(), length=16)
        file = cache / f"{view}-{name}.npy"
        if not file.exists():
            result = evaluate(teacher, shown, class_names, flip=True, precision=precision)
            _write(file, result.y_score.astype(np.float32))
        scores.append(np.load(file))
    return np.mean(scores, axis=0)


def _write(file: Path, array: np.ndarray) -> None:
    with atomic_file(file) as temporary:
        np.save(temporary, array)
