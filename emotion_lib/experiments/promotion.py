"""Promotion: the rule by which a run's model becomes the one that is served."""

from pathlib import Path

from .. import artifacts, datasets, files
from ..artifacts import ArtifactError, Record
from ..datasets import Dataset
from ..evaluation import evaluate
from ..labels import SEVEN_EXPRESSIONS
from ..paths import best_dir
from .model_card import model_card
from .served_figures import measured_again
from .served_files import SHIFTED, write_served_files


class NotBetterError(ArtifactError):
    """The served model is better on validation, and stays."""


def promote(name: str, *, if_better: bool = False) -> Path:
    """Make a full run's model the one that app, predictor and README use.

    The folder ``artifacts/best/`` gets the files of
    :func:`emotion_lib.experiments.served_files.write_served_files`, their record and a model card.
    The new set replaces the old one in one step: a process that is killed leaves one of them whole.

    Args:
        name: of the run. It must be a full run on FER-2013 with seven classes, made of recorded
            runs if it is made of others, and its data must be here.
        if_better: refuse a model that is less accurate on validation than the served one, or on
            shifted validation (balanced accuracy). The test split is not used.

    Returns:
        The folder of the served model.

    Raises:
        NotBetterError: the model is less accurate than the served one.
        ArtifactError: the run or its files do not meet the conditions; ``best/`` stays as it was.
        DataError: FER-2013 is not here.
        FolderInUseError: another process promotes a model.
    """
    run = artifacts.load_run(name)
    _check_run(run)
    dataset = datasets.load("fer2013")
    _check_data(run.record, dataset)
    target = best_dir().with_name("best")
    new = target.with_name(".best.new")
    with files.exclusive(target.parent, "promotion"):
        files.restore_folder(target)
        with files.atomic_folder(new) as staging:
            record = write_served_files(run, dataset, staging)
            if if_better and (target / "run.json").is_file():
                _refuse_worse(record, artifacts.read_record(target / "run.json"))
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
    dataset = datasets.load("fer2013")
    target = best_dir().with_name("best")
    with files.exclusive(target.parent, "promotion"):
        files.restore_folder(target)
        record = artifacts.read_record(target / "run.json")
        _check_data(record, dataset)
        model, class_names = artifacts.load_model(target / "model.keras")
        val = evaluate(model, dataset.val, class_names)
        test = evaluate(model, dataset.test, class_names)
        record = measured_again(record, dataset, val, test)
        card = model_card(record)
        artifacts.write_record(target / "run.json", record)
        files.write_text(target / "MODEL_CARD.md", card)
    return target


def _check_run(run: artifacts.Run) -> None:
    """Refuse a run whose model cannot be served, or could not be made again."""
    record = run.record
    if not record.full or record.data.name != "fer2013":
        raise ArtifactError(
            f"Expected a full run on fer2013. Received: {run.name}, a run on {record.data.name}."
        )
    if record.class_names != SEVEN_EXPRESSIONS:
        raise ArtifactError(
            f"Expected the classes {SEVEN_EXPRESSIONS}. "
            f"Received: {record.class_names} from {run.name}."
        )
    run.existing_model()  # raises if it is not here
    artifacts.parents(run)  # raises if one of them is not a recorded run


def _check_data(record: Record, dataset: Dataset) -> None:
    fingerprint = record.data.fingerprint
    if dataset.fingerprint != fingerprint:
        raise ArtifactError(
            f"Expected the data that {record.name} was trained on (fingerprint {fingerprint}). "
            f"Received: {dataset.fingerprint}. Run the notebook again on this data."
        )


def _refuse_worse(new: Record, served: Record) -> None:
    accuracy, shifted_accuracy = _on_validation(new)
    served_accuracy, served_shifted = _on_validation(served)
    if accuracy < served_accuracy or shifted_accuracy < served_shifted:
        raise NotBetterError(
            f"Expected at least the served model's accuracy on validation, {served_accuracy:.2%}, "
            f"and its balanced accuracy on shifted validation, {served_shifted:.2%}. "
            f"Received: {accuracy:.2%} and {shifted_accuracy:.2%} of {new.name}. "
            "The served model stays; promote without --if-better to replace it all the same."
        )


def _on_validation(record: Record) -> tuple[float, float]:
    """Return accuracy on validation, and balanced accuracy on shifted validation."""
    metrics = record.metrics
    return metrics.val.accuracy, metrics.further[SHIFTED].balanced_accuracy
