"""Promotion: the rule by which a run's model becomes the one that is served."""

from dataclasses import replace
from pathlib import Path

from .. import artifacts, datasets, files
from ..artifacts import ArtifactError
from ..datasets import Dataset
from ..datasets.sources.ferplus import PERCEIVED_NAME
from ..evaluation import evaluate
from ..inference.networks import load_network
from ..labels import SEVEN_EXPRESSIONS
from ..paths import best_dir
from ..training.second_head import LABEL_HEAD
from .compiling import evaluate_network
from .model_card import model_card
from .promotion_rule import NotBetterError, refuse_worse
from .recorded_data import recorded_data
from .served_figures import int8_measured_again, measured_again
from .served_files import write_served_files

__all__ = ["NotBetterError", "answer_as_viewers", "measure_served", "promote"]


def promote(name: str, *, if_better: bool = False) -> Path:
    """Make a full run's model the one that app, predictor and README use.

    The folder ``artifacts/best/`` gets the files of
    :func:`emotion_lib.experiments.served_files.write_served_files`, their record and a model card.
    The new set replaces the old one in one step: a process that is killed leaves one of them whole.

    Args:
        name: of the run. It must be a full run on FER-2013 with seven classes, by its own labels
            or by those of FER+'s viewers, made of recorded runs if it is made of others, and its
            data must be here.
        if_better: refuse a model that is worse than the served one on validation, by the rule of
            :mod:`.promotion_rule`. The test split is not used.

    Returns:
        The folder of the served model.

    Raises:
        NotBetterError: the model is worse than the served one.
        ArtifactError: the run or its files do not meet the conditions; ``best/`` stays as it was.
        DataError: FER-2013 is not here.
        FolderInUseError: another process promotes a model.
    """
    run = artifacts.load_run(name)
    _check_run(run)
    dataset = recorded_data(run.record)
    return _serve(run, dataset, if_better=if_better)


def answer_as_viewers() -> Path:
    """Let the served model answer as FER+'s viewers do, by another scaling of its scores alone.

    A model that was trained on FER-2013's labels knows more of what viewers perceive than its
    answers say: it was trained to answer otherwise. The scaling is fitted to the viewers' votes on
    validation; nothing is trained. The model with its earlier scaling is the label head of the
    record.

    Returns:
        The folder of the served model.

    Raises:
        NotBetterError: the answers are no better by the rule of :mod:`.promotion_rule`.
        ArtifactError: the served model answers so already, or has no record.
        DataError: FER-2013 or FER+ is not here.
        FolderInUseError: another process promotes a model.
    """
    target = best_dir().with_name("best")
    record = artifacts.read_record(target / "run.json")
    if record.data.name == PERCEIVED_NAME:
        raise ArtifactError(
            f"Expected a served model that answers by FER-2013's labels. Received: {record.name}, "
            "which answers as viewers do."
        )
    dataset = datasets.load(PERCEIVED_NAME)
    note = "the scaling of the scores is fitted to the votes of FER+'s viewers"
    data = replace(
        record.data,
        name=dataset.name,
        fingerprint=dataset.fingerprint,
        images=record.data.images | {"val": len(dataset.val), "test": len(dataset.test)},
        notes=(*record.data.notes, note),
    )
    label_head = {LABEL_HEAD[split]: getattr(record.metrics, split) for split in LABEL_HEAD}
    metrics = replace(record.metrics, further=record.metrics.further | label_head)
    run = artifacts.Run(target, replace(record, data=data, metrics=metrics))
    return _serve(run, dataset, if_better=True)


def _serve(run: artifacts.Run, dataset: Dataset, *, if_better: bool) -> Path:
    """Replace the served set by that of a run's model, in one step."""
    target = best_dir().with_name("best")
    new = target.with_name(".best.new")
    with files.exclusive(target.parent, "promotion"):
        files.restore_folder(target)
        with files.atomic_folder(new) as staging:
            record = write_served_files(run, dataset, staging)
            if if_better and (target / "run.json").is_file():
                refuse_worse(record, target, dataset)
            artifacts.write_record(staging / "run.json", record)
            files.write_text(staging / "MODEL_CARD.md", model_card(record))
        files.replace_folder(target, new)
    return target


def measure_served() -> Path:
    """Measure confidence and confusion of the served model again, into its record and model card.

    Returns:
        The folder of the served model.

    Raises:
        ArtifactError: the served model has no record, or other metrics than it says.
        DataError: FER-2013 is not here.
        FolderInUseError: another process promotes a model.
    """
    target = best_dir().with_name("best")
    with files.exclusive(target.parent, "promotion"):
        files.restore_folder(target)
        record = artifacts.read_record(target / "run.json")
        dataset = recorded_data(record)
        model, class_names = artifacts.load_model(target / "model.keras")
        val = evaluate(model, dataset.val, class_names)
        test = evaluate(model, dataset.test, class_names)
        record = measured_again(record, dataset, val, test)
        if record.model.int8 is not None:
            small, _ = load_network(target / "model.keras", "int8", record=record)
            val = evaluate_network(small, dataset.val, record.class_names)
            test = evaluate_network(small, dataset.test, record.class_names)
            record = int8_measured_again(record, dataset, val, test)
        card = model_card(record)
        artifacts.write_record(target / "run.json", record)
        files.write_text(target / "MODEL_CARD.md", card)
    return target


def _check_run(run: artifacts.Run) -> None:
    """Refuse a run whose model cannot be served, or could not be made again."""
    record = run.record
    if not record.full or record.data.name not in ("fer2013", PERCEIVED_NAME):
        raise ArtifactError(
            f"Expected a full run on fer2013 or {PERCEIVED_NAME}. "
            f"Received: {run.name}, a run on {record.data.name}."
        )
    if record.class_names != SEVEN_EXPRESSIONS:
        raise ArtifactError(
            f"Expected the classes {SEVEN_EXPRESSIONS}. "
            f"Received: {record.class_names} from {run.name}."
        )
    if record.data.name == PERCEIVED_NAME and LABEL_HEAD["val"] not in record.metrics.further:
        raise ArtifactError(
            f"Expected the figures of {run.name}'s label head, by which a model of perceived "
            "expression is compared with others. Received: none in its record. Train it with two "
            "heads (`perceived` of a recipe)."
        )
    run.existing_model()  # raises if it is not here
    artifacts.parents(run)  # raises if one of them is not a recorded run
