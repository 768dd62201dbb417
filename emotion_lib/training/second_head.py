"""Evaluation and export of the head that learns what viewers perceive."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from .. import artifacts, evaluation
from ..datasets import Dataset
from ..evaluation import Report
from ..evaluation.viewers import fit_to_votes
from ..models.heads import PERCEIVED, head

# Names of evaluations in the record of a run.
OWN_LABELS = {"val": "FER-2013's labels, validation", "test": "FER-2013's labels, test"}
LABEL_HEAD = {
    "val": "label head, FER-2013's labels, validation",
    "test": "label head, FER-2013's labels, test",
}


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
