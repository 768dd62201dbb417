"""Ensembles and students: the labels of teachers, and the evaluation and record of an ensemble.

Every member is a recorded run, so that an ensemble or a student names the exact models that it was
made of, and can be made again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import keras

from .. import artifacts, evaluation
from ..artifacts import Run
from ..datasets import Dataset
from ..datasets.transforms import shifted
from ..evaluation import Evaluation, Report
from . import recipe_training
from .distillation import Lesson, teach
from .member_training import TrainingData
from .members import Member

_MIRRORED = {"val": "validation, mirror image", "test": "test, mirror image"}
_SHIFTED = "validation, shifted"


def distilled_data(
    teachers: Sequence[Member],
    dataset: Dataset,
    folder: Path,
    lessons: Sequence[Lesson],
    *,
    perceived_teachers: Sequence[Member] = (),
    viewers: Dataset | None = None,
    precision: str | None,
    seed: int,
) -> TrainingData:
    """Return several views of the training images with the teachers' probabilities as labels.

    A head without teachers learns the data set's own labels, mixed if the view is; so do both
    heads of a control, which has none at all.

    Args:
        teachers: the members whose mean probabilities are the labels. Those with a second head
            (:attr:`.members.Member.perceived`) teach the student's second head by it.
        dataset: its training labels are mixed in; with ``viewers`` those of two heads
            (:func:`.second_head.with_both_labels`).
        folder: cache of the views.
        lessons: views of each image.
        perceived_teachers: further teachers of a second head, which are runs of their own.
        viewers: for a student with two heads, the data set that its second is evaluated on, see
            :class:`.member_training.TrainingData`.
        precision: of the teachers' computation.
        seed: of the views.
    """
    by_head = [list(teachers)]
    if viewers is not None:
        trained_here = [member.perceived for member in teachers if member.perceived is not None]
        by_head.append([*perceived_teachers, *trained_here])
    models = [[member.model for member in members] for members in by_head]
    train = teach(
        models, dataset.train, dataset.class_names, folder, lessons, precision=precision, seed=seed
    )
    notes = list(dataset.notes)
    for lesson in lessons:
        shares = " and, of the second head, ".join(_shares(lesson, members) for members in by_head)
        notes.append(
            f"labels are {shares} for {lesson.views} views of each image ({lesson.transform})"
        )
    described = replace(dataset, notes=tuple(notes))
    all_teachers = list(chain.from_iterable(by_head))
    return TrainingData(described, train, made_of(all_teachers), viewers=viewers)


def _shares(lesson: Lesson, teachers: Sequence[Member]) -> str:
    """Return as text what the labels of one head consist of."""
    if not teachers:
        return "the data set's own"
    return (
        f"{lesson.hard:.0%} the data set's own and {1 - lesson.hard:.0%} the mean probabilities of "
        f"{len(teachers)} teachers"
    )


def made_of(members: Sequence[Member]) -> dict[str, str]:
    """Return the name of each member's run -> SHA-256 of its model file, for ``save_run``."""
    return {member.run.name: member.run.record.model.sha256 for member in members}


def mean_report(
    members: Sequence[Member], model: keras.Model, dataset: Dataset, *, crop: int, seed: int
) -> Report:
    """Return the evaluations of an ensemble: the mean over its members and their mirror images.

    Args:
        members: of the ensemble.
        model: the ensemble as one model, for the simulated camera shift.
        dataset: that they were evaluated on.
        crop: side in pixels of ten crops ("test, ten crops").
        seed: of the simulated camera shift.
    """
    means = {}
    for split, name in _MIRRORED.items():
        means[split] = evaluation.mean([member.report.further[name] for member in members])
    further = {
        "test, ten crops": _mean_of_crops(members, dataset, crop),
        _SHIFTED: evaluation.evaluate(model, shifted(dataset.val, seed=seed), dataset.class_names),
    }
    return Report(means["val"], means["test"], dataset.test.has_twin, further)


def save_ensemble(
    name: str,
    members: Sequence[Member],
    model: keras.Model,
    report: Report,
    dataset: Dataset,
    parameters: Mapping[str, Any],
) -> Run:
    """Record an ensemble as a run, whose training took as long as those of its members together.

    Args:
        name: of its run.
        members: of the ensemble.
        model: the ensemble as one model.
        report: its evaluations, of :func:`mean_report`.
        dataset: that the members were trained on.
        parameters: of the notebook.
    """
    records = [member.run.record.training for member in members]
    history = {
        "seconds": sum(record.seconds for record in records),
        "chosen_by": "networks named by MEMBER_RUNS and MEMBERS, chosen on validation",
        "backend": " and ".join(sorted({record.backend for record in records})),
        "device": " and ".join(sorted({record.device for record in records})),
    }
    return artifacts.save_run(
        name,
        model=model,
        dataset=dataset,
        val=report.val,
        test=report.test,
        further=report.further,
        history=history,
        parameters=parameters,
        weights=f"mean of {len(members)} networks and their mirror images",
        made_of=made_of(members),
    )


def finish(members: Sequence[Member]) -> None:
    """Delete files that the finished trainings of members no longer need."""
    for member in members:
        recipe_training.finish(member.run.folder)


def _mean_of_crops(members: Sequence[Member], dataset: Dataset, crop: int) -> Evaluation:
    """Return the mean of the members over ten crops of each test image."""
    evaluations = []
    for member in members:
        evaluations.append(
            evaluation.evaluate(
                member.model, dataset.test, dataset.class_names, flip=True, crop=crop
            )
        )
    return evaluation.mean(evaluations)
