"""The head that learns what viewers perceive: its data, its evaluation and its export."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from .. import artifacts, datasets, evaluation
from ..datasets import Dataset, Split
from ..datasets.sources import ferplus
from ..datasets.transforms import one_hot
from ..evaluation import Report
from ..evaluation.viewers import fit_to_votes
from ..models.heads import PERCEIVED, head

# Names of evaluations in the record of a run.
OWN_LABELS = {"val": "FER-2013's labels, validation", "test": "FER-2013's labels, test"}
LABEL_HEAD = {
    "val": "label head, FER-2013's labels, validation",
    "test": "label head, FER-2013's labels, test",
}


def with_both_labels(dataset: Dataset, share: float) -> Dataset:
    """Return a data set with labels for two heads.

    Args:
        dataset: the whole FER-2013, or another one, such as drawn faces. Nobody has viewed that, so
            both heads learn its own labels.
        share: share of FER+'s translated votes in the first head's labels.

    Returns:
        A data set with float32 labels ``(n, 2, num_classes)`` of training and validation, see
        :func:`emotion_lib.datasets.sources.ferplus.two_headed`.
    """
    if dataset.name == "fer2013":
        return ferplus.two_headed(dataset, share)
    num_classes = dataset.num_classes
    train = _twice(dataset.train, num_classes)
    return replace(dataset, train=train, val=_twice(dataset.val, num_classes))


def training_labels(dataset: Dataset, share: float, two_heads: bool = False) -> Dataset:
    """Return a data set with the training labels of a network with one head or with two.

    Args:
        dataset: the whole FER-2013, or another one, whose labels stay as they are.
        share: share of FER+'s translated votes in the first head's labels.
        two_heads: add the labels of the second head, see :func:`with_both_labels`.
    """
    if two_heads:
        return with_both_labels(dataset, share)
    if dataset.name == "fer2013":
        return ferplus.blended(dataset, share)
    return dataset


def viewers_of(dataset: Dataset) -> Dataset:
    """Return the data set that a second head is evaluated on.

    Args:
        dataset: that the first head is evaluated on.

    Returns:
        For FER-2013 the most frequent answers of FER+'s viewers (the data set "ferplus" with the
        targets "perceived"); for another data set, which nobody has viewed, the data set itself.
    """
    if dataset.name == "fer2013":
        return datasets.load("ferplus", targets="perceived")
    return dataset


def _twice(split: Split, num_classes: int) -> Split:
    own = one_hot(split, num_classes).labels
    return replace(split, labels=np.stack([own, own], axis=1))


def export_perceived(
    model: keras.Model,
    viewers: Dataset,
    faces: Dataset,
    shares: np.ndarray,
    file: Path,
    *,
    label_report: Report,
    shift_seed: int,
) -> tuple[keras.Model, Report]:
    """Export a network's second head as a model of one output, and evaluate the file.

    Its scores are scaled to the votes on validation, see
    :func:`emotion_lib.evaluation.viewers.fit_to_votes`.

    Args:
        model: with the two heads of :mod:`emotion_lib.models.heads`.
        viewers: the data set "ferplus" with the targets "perceived".
        faces: FER-2013, the same images with its own labels.
        shares: of the votes for each image of ``faces.val``, ``(n, num_classes)``.
        file: to write.
        label_report: of the first head, for the record of the second.
        shift_seed: of the simulated camera shift.

    Returns:
        The model of the file, and its evaluations: on ``viewers``, and, in ``further``, by
        FER-2013's labels (:data:`OWN_LABELS`) and those of the first head (:data:`LABEL_HEAD`).
    """
    second = head(model, PERCEIVED)
    names = viewers.class_names
    unscaled = evaluation.evaluate(second, faces.val, names)
    fit_to_votes(unscaled, shares).fold(second)
    artifacts.export(second, file, names)
    exported, _ = artifacts.load_model(file)
    report = evaluation.report(exported, viewers, flip=True, shift_seed=shift_seed)
    further = dict(report.further)
    for split, name in OWN_LABELS.items():
        further[name] = evaluation.evaluate(exported, getattr(faces, split), names)
        further[LABEL_HEAD[split]] = getattr(label_report, split)
    return exported, replace(report, further=further)
