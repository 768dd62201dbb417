"""Pictures in a grid, with labels and predictions."""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ..datasets import Split
from ..evaluation import Evaluation
from .picture_axes import GAP, picture_axes

# Lines of labels over one picture; ten would be taller than the picture.
MOST_LINES = 2
WIDEST_LINE = 20  # characters over one picture


def gallery(
    images: np.ndarray | Sequence[np.ndarray],
    titles: Sequence[str] = (),
    columns: int = 7,
    rows: Sequence[str] = (),
) -> Figure:
    """Draw pictures in a grid.

    Args:
        images: uint8 0..255, ``(n, height, width)``, with one channel or with three (RGB); or a
            list of such pictures.
        titles: one per picture; may have several lines. Without any there are none.
        columns: pictures per row.
        rows: one name per row, which stands at its left; instead of a title that is repeated.
    """
    shape = np.shape(images[0])[:2] if len(images) else (1, 1)
    figure, axes = picture_axes(len(images), shape, titles, columns, rows)
    for axis, image in zip(axes, images, strict=False):
        axis.imshow(np.squeeze(image), cmap="gray", vmin=0, vmax=255)
    for axis, name in zip(axes[::columns], rows, strict=False):
        axis.set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


def pairs(left: np.ndarray, right: np.ndarray, titles: Sequence[str], columns: int = 4) -> Figure:
    """Draw pairs of pictures, both partners side by side under one title.

    Args:
        left: uint8 0..255, ``(n, height, width)``, with one channel or with three (RGB).
        right: the partners, of the same shape.
        titles: one per pair, such as both labels and the distance; may have several lines.
        columns: pairs per row.
    """
    height, width = np.shape(left)[1:3]
    figure, axes = picture_axes(len(left), (height, 2.02 * width), titles, columns, gap=3 * GAP)
    for axis, *partners in zip(axes, left, right, strict=False):
        # Both are drawn in one axes, so that the layout cannot part them.
        for start, image in zip((0, 1.02 * width), partners, strict=True):
            sides = (start, start + width, height, 0)
            axis.imshow(np.squeeze(image), cmap="gray", vmin=0, vmax=255, extent=sides)
        axis.set_xlim(0, 2.02 * width)
    return figure


def examples(split: Split, class_names: Sequence[str], columns: int = 7, seed: int = 0) -> Figure:
    """Draw random pictures of every class, one row per class.

    The class stands at the left of its row; if pictures have several labels, titles name them.

    Args:
        split: pictures and labels, of a single-label or a multi-label task.
        class_names: what the labels index.
        columns: pictures per class; with repetitions if the class has fewer.
        seed: of the random choice.
    """
    rng = np.random.default_rng(seed)
    chosen = []
    rows = []
    for label, name in enumerate(class_names):
        if split.labels.ndim == 2:
            members = np.flatnonzero(split.labels[:, label])
        else:
            members = np.flatnonzero(split.labels == label)
        if len(members):
            rows.append(name)
            chosen.append(rng.choice(members, columns, replace=len(members) < columns))
    index = np.concatenate(chosen)
    titles = []
    if split.labels.ndim == 2:
        titles = [_wrapped(_label_text(split.labels[i], class_names)) for i in index]
    return gallery(split.images[index], titles, columns, rows)


def predictions(
    evaluation: Evaluation, images: np.ndarray, count: int = 21, seed: int = 0
) -> Figure:
    """Draw random images with prediction, confidence and label.

    Args:
        evaluation: scores of these images.
        images: uint8 ``(n, ...)`` in the same order.
        count: greatest number of images.
        seed: of the random choice.
    """
    index = np.random.default_rng(seed).permutation(evaluation.n)[:count]
    return _predicted(evaluation, images, index)


def confident_mistakes(evaluation: Evaluation, images: np.ndarray, count: int = 21) -> Figure:
    """Draw the mistakes with the highest confidence; often the label is wrong, not the model.

    Args:
        evaluation: scores of these images.
        images: uint8 ``(n, ...)`` in the same order.
        count: greatest number of images.
    """
    if evaluation.multi_label:
        wrong = evaluation.y_pred & ~evaluation.y_true.astype(bool)
        confidence = np.where(wrong, evaluation.y_score, -1.0).max(axis=1)
    else:
        confidence = np.where(evaluation.correct, -1.0, evaluation.y_score.max(axis=1))
    index = np.argsort(-confidence)[:count]
    return _predicted(evaluation, images, index[confidence[index] >= 0])


def _predicted(evaluation: Evaluation, images: np.ndarray, index: np.ndarray) -> Figure:
    """Draw some of the images, with prediction, confidence and label."""
    names = evaluation.class_names
    titles = []
    for i in index:
        prediction = _label_text(evaluation.y_pred[i], names, evaluation.y_score[i])
        label = "label: " + _label_text(evaluation.y_true[i], names)
        titles.append(f"{_wrapped(prediction)}\n{_wrapped(label)}")
    return gallery(images[index], titles)


def _label_text(
    label: int | np.ndarray, class_names: Sequence[str], scores: np.ndarray | None = None
) -> str:
    """Return the name of a label, or of several, the one with the highest score first."""
    chosen = np.flatnonzero(label) if np.ndim(label) else np.array([label])
    if scores is None:
        return ", ".join(class_names[i] for i in chosen.tolist()) or "none"
    chosen = chosen[np.argsort(-scores[chosen], kind="stable")]
    return ", ".join(f"{class_names[i]} {scores[i]:.0%}" for i in chosen.tolist()) or "none"


def _wrapped(text: str) -> str:
    """Return a text in two lines at most; an ellipsis stands for the rest."""
    return textwrap.fill(text, WIDEST_LINE, max_lines=MOST_LINES, placeholder=" …")
