"""Training of members and students by the recipe, and their record as runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import pandas as pd

from .. import artifacts, evaluation
from ..datasets import Dataset, Split
from ..evaluation import Report, calibration
from ..models.heads import LABEL, head
from . import recipe_training
from .members import Member
from .recipe import Recipe
from .second_head import export_perceived


@dataclass(frozen=True)
class TrainingData:
    """Images to train on, with their labels and the origin of these.

    Attributes:
        dataset: the data set; its notes describe the labels, and it goes into the record.
        train: training split, which may hold several views per image.
        teachers: name of each teacher's run -> SHA-256 of its model file; empty for labels that no
            network made.
        viewers: for networks with two heads, the data set "ferplus" with the targets "perceived",
            which the second head is evaluated on; ``dataset`` and ``train`` then have labels
            ``(n, 2, num_classes)``.
    """

    dataset: Dataset
    train: Split
    teachers: Mapping[str, str] = field(default_factory=dict)
    viewers: Dataset | None = None

    @property
    def faces(self) -> Dataset:
        """The data set with its own validation labels ``(n,)``, by which the first head counts."""
        if self.viewers is None:
            return self.dataset
        own = self.dataset.val.labels[:, 0].argmax(axis=1)
        return replace(self.dataset, val=replace(self.dataset.val, labels=own))

    @property
    def weights(self) -> str:
        """Origin of the weights, for the record."""
        if self.teachers:
            return f"none (taught by {len(self.teachers)} others)"
        return "none (from scratch)"


@dataclass(frozen=True)
class Trained:
    """A network that was trained here.

    Attributes:
        name: of its run.
        model: loaded from the exported file, with temperature scaling folded in.
        history: of the training.
        folder: of its run.
        network: in memory, with all its heads; ``model`` is the first.
    """

    name: str
    model: keras.Model
    history: pd.DataFrame
    folder: Path
    network: keras.Model


def train_member(
    name: str,
    settings: Mapping[str, Any],
    data: TrainingData,
    *,
    epochs: int,
    seconds: float | None = None,
    parameters: Mapping[str, Any],
) -> Member:
    """Train a member by the recipe and record it as a run, and its second head as another.

    Args:
        name: of its run.
        settings: fields of :class:`.recipe.Recipe`, "seed", and "epochs" in place of ``epochs``.
        data: images and labels to train on.
        epochs: number of epochs.
        seconds: time budget; if given, as many epochs as fit into it.
        parameters: of the notebook, for the record; "SEED" is that of the simulated camera shift.
    """
    trained = train_network(name, settings, data, epochs=epochs, seconds=seconds)
    shift_seed = parameters["SEED"]
    report = evaluation.report(trained.model, data.faces, flip=True, shift_seed=shift_seed)
    run = artifacts.save_run(
        name,
        model=trained.model,
        dataset=data.dataset,
        val=report.val,
        test=report.test,
        history=trained.history,
        further=report.further,
        parameters=parameters,
        seed=settings["seed"],
        weights=data.weights,
        made_of=data.teachers,
    )
    perceived = None
    if data.viewers is not None:
        perceived = save_perceived(
            trained, data, report, parameters=parameters, seed=settings["seed"]
        )
    return Member(run, trained.model, report, perceived)


def save_perceived(
    trained: Trained,
    data: TrainingData,
    label_report: Report,
    *,
    parameters: Mapping[str, Any],
    seed: int,
) -> Member:
    """Export, evaluate and record the second head of a network, as the run ``<name>/perceived``.

    Args:
        trained: network with two heads.
        data: that it was trained on, with ``viewers``.
        label_report: evaluations of the first head, for the record.
        parameters: of the notebook; "SEED" is that of the simulated camera shift.
        seed: of the training.
    """
    name = f"{trained.name}/perceived"
    file = artifacts.run_dir(name, data.dataset) / "checkpoint" / "model.keras"
    model, report = export_perceived(
        trained.network,
        data.viewers,
        data.faces,
        data.dataset.val.labels[:, 1],
        file,
        label_report=label_report,
        shift_seed=parameters["SEED"],
    )
    described = replace(data.viewers, notes=data.dataset.notes)
    run = artifacts.save_run(
        name,
        model=model,
        dataset=described,
        val=report.val,
        test=report.test,
        history=trained.history,
        further=report.further,
        parameters=parameters,
        seed=seed,
        weights=data.weights,
        made_of=data.teachers,
    )
    recipe_training.finish(run.folder)
    return Member(run, model, report)


def train_network(
    name: str,
    settings: Mapping[str, Any],
    data: TrainingData,
    *,
    epochs: int,
    seconds: float | None = None,
) -> Trained:
    """Train a network by the recipe, scale its probabilities on validation and export it.

    Of a network with two heads, the first is exported; see :func:`save_perceived`.

    The scaling is temperature scaling with one bias per class
    (:func:`emotion_lib.evaluation.calibration.fit_scaling`). An interrupted training is resumed.

    Args:
        name: of its run.
        settings: fields of :class:`.recipe.Recipe`, "seed", and "epochs" in place of ``epochs``.
        data: images and labels to train on.
        epochs: number of epochs.
        seconds: time budget; if given, as many epochs as fit into it.
    """
    print(name, flush=True)
    fields = dict(settings)
    seed = fields.pop("seed")
    length = {"epochs": fields.pop("epochs", epochs)}
    if seconds is not None:
        length = {"seconds": seconds}
    dataset = data.dataset
    folder = artifacts.run_dir(name, dataset)
    network, history = recipe_training.train(
        Recipe(**fields), data.train, dataset.val, dataset.num_classes, folder, **length, seed=seed
    )
    model = network if data.viewers is None else head(network, LABEL)
    val = evaluation.evaluate(model, data.faces.val, dataset.class_names)
    calibration.fit_scaling(val, bias=True).fold(model)
    file = folder / "checkpoint" / "model.keras"
    artifacts.export(model, file, dataset.class_names)
    exported, _ = artifacts.load_model(file)
    return Trained(name, exported, history, folder, network)
