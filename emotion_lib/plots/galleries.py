"""Pictures in a grid, with labels and predictions."""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ..datasets import Split
from ..evaluation import Evaluation


def gallery(images: np.ndarray, titles: Sequence[str], columns: int = 7) -> Figure:
    """Draw pictures in a grid.

    Args:
        images: uint8 0..255, ``(n, height, width)``, with one channel or with three (RGB).
        titles: one per picture; may have several lines.
        columns: pictures per row.
    """
    rows = max(1, -(-len(images) // columns))
    lines = max((title.count("\n") + 1 for title in titles), default=1)
    figure = Figure(figsize=(1.55 * columns, (1.6 + 0.17 * lines) * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.axis("off")
    for axis, image, title in zip(axes, images, titles, strict=False):
        axis.imshow(np.squeeze(image), cmap="gray", vmin=0, vmax=255)
        axis.set_title(title, fontsize=8)
    return figure


def examples(split: Split, class_names: Sequence[str], columns: int = 7, seed: int = 0) -> Figure:
    """Draw random pictures of every class, one row per class; each title names all labels.

    Args:
        split: pictures and labels, of a single-label or a multi-label task.
        class_names: what the labels index.
        columns: pictures per class; with repetitions if the class has fewer.
        seed: of the random choice.
    """
    rng = np.random.default_rng(seed)
    chosen = []
    for label in range(len(class_names)):
        if split.labels.ndim == 2:
            members = np.flatnonzero(split.labels[:, label])
        else:
            members = np.flatnonzero(split.labels == label)
        if len(members):
            chosen.append(rng.choice(members, columns, replace=len(members) < columns))
    index = np.concatenate(chosen)
    titles = [_label_text(split.labels[i], class_names) for i in index]
    return gallery(split.images[index], titles, columns)


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
        label = _label_text(evaluation.y_true[i], names).replace("\n", ", ")
        titles.append(prediction + "\n" + textwrap.fill(f"label: {label}", 20))
    return gallery(images[index], titles)


def _label_text(
    label: int | np.ndarray, class_names: Sequence[str], scores: np.ndarray | None = None
) -> str:
    """Return the name of a label, one line per label of a multi-label task, with its score."""
    chosen = np.flatnonzero(label) if np.ndim(label) else np.array([label])
    lines = []
    for i in chosen.tolist():
        score = "" if scores is None else f" {scores[i]:.0%}"
        lines.append(class_names[i] + score)
    return "\n".join(lines) or "none"
