"""Distillation: the probabilities of several large networks as labels for one small network.

Source: Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network", 2015. The student
sees the same views as the teachers: every view of an image comes with their probabilities for that
very view ("consistent teaching", Beyer et al., "Knowledge distillation: A good teacher is patient
and consistent", CVPR 2022). The student's recipe may degrade the view further.

Teachers have memorised most of the training labels, and say so for views of the training images.
Of two images mixed into one they have seen nothing, so there the student learns what they would
answer elsewhere, too ("function matching" in the same paper).
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
        transform: makes a view, see :mod:`emotion_lib.datasets.transforms`.
        views: number of views per image.
        hard: share of the true label in the new labels; 0 if the transform mixes images.
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
        hard: share of the true label for the plain views.

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


def teach_all(
    teachers: Sequence[Sequence[keras.Model]],
    split: Split,
    class_names: Sequence[str],
    folder: Path,
    lessons: Sequence[Lesson],
    *,
    precision: str | None = None,
    seed: int = 0,
) -> Split:
    """Return the views of several lessons with teachers' probabilities, for one head or two.

    Args:
        teachers: for each head of the student its own teachers, see :func:`teach`.
        split: training images; with one head labels as :func:`teach` takes them, with several
            ``(n, heads, num_classes)``.
        class_names: names of labels and outputs.
        folder: cache of the views, which all heads share.
        lessons: in the order of the result.
        precision: of the teachers' computation.
        seed: of the views; each lesson draws others.

    Returns:
        Images uint8, and label distributions ``(n, num_classes)`` or
        ``(n, heads, num_classes)``.

    Raises:
        ValueError: no lesson, or a head without teachers.
    """
    if not lessons:
        raise ValueError("Expected at least one lesson. Received: none.")
    images = []
    labels = []
    for number, lesson in enumerate(lessons):
        by_head = []
        for head, of_head in enumerate(teachers):
            own = split.labels if len(teachers) == 1 else split.labels[:, head]
            taught = teach(
                of_head,
                Split(split.images, own),
                class_names,
                folder,
                transform=lesson.transform,
                views=lesson.views,
                hard=lesson.hard,
                precision=precision,
                seed=seed + number,
            )
            by_head.append(taught.labels)
        images.append(taught.images)
        labels.append(by_head[0] if len(teachers) == 1 else np.stack(by_head, axis=1))
    return Split(np.concatenate(images), np.concatenate(labels))


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
        hard: share of the true label in the new labels; 0 if the transform changes labels.
        precision: of the teachers' computation, see :func:`emotion_lib.evaluation.evaluate`.
        seed: of the views.

    Returns:
        ``views * n`` images uint8, view by view, with label distributions float32
        ``(views * n, num_classes)``.

    Raises:
        ValueError: no teacher or no view, or a share of true labels that the transform changes.
    """
    if not teachers or views < 1:
        raise ValueError(
            f"Expected at least one teacher and one view. Received: {len(teachers)} and {views}."
        )
    images = np.asarray(split.images)
    truth = one_hot(split, len(class_names)).labels

    def make_view(view: int) -> np.ndarray:
        rng = np.random.default_rng([seed, view])
        # In a random order, as FER-2013 is sorted by class, and a batch is mixed within itself.
        order = rng.permutation(len(images))
        view_images = np.empty_like(images)
        for start in range(0, len(images), _BATCH_SIZE):
            rows = order[start : start + _BATCH_SIZE]
            changed, labels = transform(images[rows], truth[rows], rng, 0)
            if hard and not np.array_equal(labels, truth[rows]):
                raise ValueError(
                    "Expected hard=0 for a transform that changes labels, of which the teachers "
                    f"alone speak. Received: {hard}."
                )
            view_images[rows] = np.rint(changed)
        return view_images

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
