"""Checks of the figures that a model of perceived expression has of its label head.

The label head is a run of its own, whose scores are kept: no model is needed.
"""

from collections.abc import Iterator

import numpy as np

from .. import artifacts
from ..artifacts import ArtifactError, Run
from ..datasets import Dataset
from ..evaluation import Evaluation
from ..training.second_head import LABEL_HEAD
from .checks import Check, compared_figures
from .perceived_tables import label_run_name
from .served_files import LABEL_HEAD_BY_VIEWERS
from .verification import KEPT_SCORES, evaluation_by_scores

LABEL_HEAD_NAMES = frozenset({*LABEL_HEAD.values(), LABEL_HEAD_BY_VIEWERS})


def label_head_checks(
    run: Run, viewers: Dataset | None, faces: Dataset | None = None
) -> Iterator[Check]:
    """Yield checks of the figures of the label head in a run's record.

    Args:
        run: of a model that answers as viewers do; others have no such figures.
        viewers: its data set; None if it is not here.
        faces: FER-2013, the same pictures with its own labels; None likewise.
    """
    recorded = run.record.metrics.further
    names = [name for name in recorded if name in LABEL_HEAD_NAMES]
    if not names:
        return
    label_head = _label_head(run)
    if label_head is None:
        reason = "no scores of its label head are kept"
        for name in names:
            yield Check(name, "", "not checked", reason=reason)
        return
    for split, name in LABEL_HEAD.items():
        if name in recorded:
            evaluation = evaluation_by_scores(label_head, split)
            yield from compared_figures(name, recorded[name], evaluation, KEPT_SCORES)
    if LABEL_HEAD_BY_VIEWERS in names:
        name = LABEL_HEAD_BY_VIEWERS
        if viewers is None or faces is None:
            yield Check(name, "", "not checked", reason="the viewers' answers are not here")
            return
        evaluation = _by_viewers(evaluation_by_scores(label_head, "test"), viewers, faces)
        yield from compared_figures(name, recorded[name], evaluation, KEPT_SCORES)


def _label_head(run: Run) -> Run | None:
    name = label_run_name(run)
    if name == run.record.name and run.folder == artifacts.run_folder(name):
        return None
    try:
        found = artifacts.load_run(name)
    except ArtifactError:
        return None
    return found if (found.folder / "test_scores.npz").is_file() else None


def _by_viewers(label_head: Evaluation, viewers: Dataset, faces: Dataset) -> Evaluation:
    """Return the label head's scores with the viewers' answers as labels.

    Images with two most frequent answers are not in ``viewers``, so each image is found by its
    pixels; equal images have equal scores.
    """
    rows = {image.tobytes(): row for row, image in enumerate(np.asarray(faces.test.images))}
    chosen = [rows[image.tobytes()] for image in np.asarray(viewers.test.images)]
    labels = np.asarray(viewers.test.labels)
    return Evaluation(labels, label_head.y_score[chosen], label_head.class_names)
