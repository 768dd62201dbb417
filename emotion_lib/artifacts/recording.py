"""Recording a finished training as a run: model, record, scores and figures."""

import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .. import environment
from ..files import sha256
from .folders import commit_at_start, replaced_files, run_dir
from .leaderboard_csv import write_leaderboard
from .parameters import changed_parameters
from .protocols import DatasetLike, EvaluationLike
from .record import (
    DataRecord,
    EnvironmentRecord,
    Figures,
    Metrics,
    ModelRecord,
    Record,
    TrainingRecord,
)
from .record_files import write_record
from .record_json import decode
from .run import Run
from .saved_model import SavedModel, save_model
from .scores_file import save_scores
from .writing import RECORD_NAME, replaced_together, unwritable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    History: TypeAlias = pd.DataFrame | Mapping[str, Any] | None


def save_run(
    name: str,
    *,
    model: Any,
    dataset: DatasetLike,
    val: EvaluationLike,
    test: EvaluationLike,
    history: "History",
    parameters: Mapping[str, Any],
    further: Mapping[str, EvaluationLike] | None = None,
    figures: Mapping[str, "Figure"] | None = None,
    weights: str = "none (from scratch)",
    seed: int | None = None,
    made_of: Mapping[str, str] | None = None,
) -> Run:
    """Record a finished run: model, record, scores and figures; a full run enters the leaderboard.

    The new files replace those of an earlier run of this name together. A process that is killed
    leaves either the earlier run or the new one.

    Args:
        name: the run's name, such as "01_sequential_cnn".
        model: the Keras model that was evaluated, which is exported as standard layers; or a fitted
            scikit-learn classifier, which is kept as ``model.joblib``. Only load such a file if
            you trust its maker: it can run code. It is never promoted.
        dataset: the :class:`emotion_lib.datasets.Dataset` that it was trained on.
        val: its :class:`emotion_lib.evaluation.Evaluation` on validation.
        test: its evaluation on test.
        history: DataFrame of :func:`emotion_lib.training.fit`; for a model without epochs a mapping
            with "seconds" and "chosen_by" (how it was chosen, on validation); None for a model
            that was not trained here.
        parameters: of the notebook (see :func:`parameters_of`), by which it can be run again.
        further: other evaluations by name, such as "test, mirror image"; their figures go into the
            record.
        figures: matplotlib figures by name, which are saved as PNG.
        weights: where the initial weights came from.
        seed: of this training, where the notebook has several; None: the parameter SEED.
        made_of: ensemble members or teachers: name of the run -> SHA-256 of its model file.

    Raises:
        ArtifactError: the folder cannot be written, or a smoke run would replace a full one.

    Example:
        >>> run = save_run(
        ...     "01_sequential_cnn", model=model, dataset=dataset, val=val, test=test,
        ...     history=history, parameters=parameters_of(globals()),
        ... )  # doctest: +SKIP
    """
    folder = run_dir(name, dataset)
    try:
        with replaced_together(folder, replaced_files(folder)) as temporary:
            saved = save_model(model, temporary, dataset)
            if hasattr(history, "to_csv"):
                history.to_csv(temporary / "history.csv", index=False)
            save_scores(temporary / "val_scores.npz", val)
            save_scores(temporary / "test_scores.npz", test)
            for figure_name, figure in (figures or {}).items():
                figure.savefig(temporary / f"{figure_name}.png", dpi=110)
            record = Record(
                name=name,
                full=dataset.full,
                date=datetime.now(UTC).isoformat(timespec="seconds"),
                commit=commit_at_start(folder),
                parameters=_plain(parameters),
                changed=_plain(changed_parameters(name, parameters)),
                seed=parameters["SEED"] if seed is None else seed,
                class_names=tuple(dataset.class_names),
                data=_data_record(dataset),
                model=_model_record(saved, weights, made_of or {}),
                training=_training_record(history, saved),
                environment=_environment_record(saved.backend),
                metrics=metrics(dataset, val, test, further),
            )
            write_record(temporary / RECORD_NAME, record)
    except OSError as error:
        raise unwritable(folder, error) from error
    if dataset.full:
        write_leaderboard()
    return Run(folder, record)


def _plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as JSON keeps them, so that the record in memory equals the file's."""
    return json.loads(json.dumps(dict(parameters)))


def _data_record(dataset: DatasetLike) -> DataRecord:
    return DataRecord(
        name=dataset.name,
        fingerprint=dataset.fingerprint,
        images={
            "train": len(dataset.train),
            "val": len(dataset.val),
            "test": len(dataset.test),
        },
        notes=tuple(dataset.notes),
    )


def _model_record(saved: SavedModel, weights: str, made_of: Mapping[str, str]) -> ModelRecord:
    return ModelRecord(
        parameters=int(saved.parameters),
        weights=weights,
        sha256=sha256(saved.file),
        input_shape=tuple(int(side) for side in saved.input_shape),
        bytes=saved.file.stat().st_size,
        made_of=dict(made_of),
    )


def _environment_record(backend: str) -> EnvironmentRecord:
    return EnvironmentRecord(
        backend=backend,
        device=environment.device(),
        python=platform.python_version(),
        packages=environment.versions(),
    )


def _training_record(history: "History", saved: SavedModel) -> TrainingRecord:
    parts: dict[str, Any] = {
        "epochs": 0,
        "seconds": 0.0,
        "precision": saved.precision,
        "backend": saved.backend,
        "device": environment.device(),
    }
    if history is None:
        parts["chosen_by"] = "made elsewhere"
    elif isinstance(history, Mapping):
        parts |= history
    else:
        monitor = history.attrs.get("monitor", "val_accuracy")
        parts["epochs"] = len(history)
        parts["seconds"] = round(float(history["seconds"].sum()), 1)
        parts["chosen_epoch"] = int(history[monitor].idxmax()) + 1
        figure = monitor.removeprefix("val_").replace("_", " ")
        parts["chosen_by"] = f"highest validation {figure}"
        parts |= _computed_on(history.attrs.get("computed_on", ()))
    return TrainingRecord(**parts)


def _computed_on(machines: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return backends and devices of a training, which may differ from the evaluation's.

    Args:
        machines: "backend" and "device" of each process that trained; a training that was resumed
            on another machine has several.
    """
    if not machines:
        return {}
    found = {}
    for key in ("backend", "device"):
        distinct = dict.fromkeys(machine[key] for machine in machines)  # in the order of training
        found[key] = " and ".join(distinct)
    return found


def metrics(
    dataset: DatasetLike,
    val: EvaluationLike,
    test: EvaluationLike,
    further: Mapping[str, EvaluationLike] | None = None,
) -> Metrics:
    """Return the figures of all evaluations of a run, as its record holds them.

    Where it is known which test images have a pixel-identical training image, the figures on
    the other test images are among them.
    """
    without_twins = None
    if dataset.test.has_twin is not None:
        without_twins = _figures(test.where(~np.asarray(dataset.test.has_twin)))
    return Metrics(
        val=_figures(val),
        test=_figures(test),
        test_without_twins=without_twins,
        further={name: _figures(other) for name, other in (further or {}).items()},
    )


def _figures(evaluation: EvaluationLike) -> Figures:
    return decode(Figures, evaluation.summary())
