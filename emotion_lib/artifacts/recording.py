"""From a finished training to a recorded run: model, record, scores and figures."""

import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from .. import environment
from ..files import sha256
from .folders import MODEL_FILES, TRACKED_FILES, commit_at_start, run_dir
from .keras_file import export
from .leaderboard_csv import write_leaderboard
from .run import Run
from .writing import RECORD_NAME, replaced_together, unwritable


def parameters_of(namespace: Mapping) -> dict:
    """The UPPER_CASE names of a notebook with plain values: its parameters, as run.json records them."""
    plain = (bool, int, float, str, list, tuple, dict, type(None))
    return {
        k: v
        for k, v in namespace.items()
        if k.isupper() and not k.startswith("_") and isinstance(v, plain)
    }


def save_run(
    name: str,
    *,
    model,
    dataset,
    val,
    test,
    history,
    parameters: Mapping,
    further: Mapping | None = None,
    figures: Mapping | None = None,
    weights: str = "none (from scratch)",
    seed: int | None = None,
    made_of: Mapping[str, str] | None = None,
) -> Run:
    """Keep a finished run: model, record, scores and figures; a full one enters the leaderboard.

    They replace those of a run before together. A process that is killed leaves the run before or the new one.

    Args:
        name: the run's name, such as "01_sequential_cnn".
        model: the Keras model that was evaluated, exported as standard layers; or a fitted scikit-learn classifier, kept
            as ``model.joblib``, which only who trusts its maker should load (it can run code), and which is never promoted.
        dataset: the :class:`emotion_lib.datasets.Dataset` it was trained on.
        val, test: its :class:`emotion_lib.evaluation.Evaluation` on validation and test.
        history: DataFrame of :func:`emotion_lib.training.fit`; of what knows no epochs a mapping with "seconds" and
            "chosen_by" (how it was chosen, on validation); None for a model that was not trained here.
        parameters: of the notebook (see :func:`parameters_of`), by which it can be run again.
        further: what it was judged on besides -> Evaluation, such as "test, mirror image"; its figures go into the record.
        figures: name -> matplotlib Figure, saved as PNG.
        weights: where the first weights came from.
        seed: of this training, where the notebook has several; None: the parameter SEED.
        made_of: what it consists of or was taught by: name of a run -> SHA-256 of its model's file.

    Raises:
        ArtifactError: the folder cannot be written, or a smoke run would overwrite a full one.
    """
    folder = run_dir(name, dataset)
    save_model = _save_classical if hasattr(model, "n_features_in_") else _save_keras
    try:
        with replaced_together(folder, (*TRACKED_FILES, *MODEL_FILES)) as temporary:
            described, computed = save_model(model, temporary, dataset)
            if hasattr(history, "to_csv"):
                history.to_csv(temporary / "history.csv", index=False)
            for split, evaluation in (("val", val), ("test", test)):
                truth, scores = evaluation.y_true.astype(np.uint8), _rounded_scores(evaluation)
                np.savez_compressed(temporary / f"{split}_scores.npz", y_true=truth, y_score=scores)
            for figure_name, figure in (figures or {}).items():
                figure.savefig(temporary / f"{figure_name}.png", dpi=110)
            record = {
                "name": name,
                "full": dataset.full,
                "date": datetime.now(UTC).isoformat(timespec="seconds"),
                "commit": commit_at_start(folder),
                "parameters": dict(parameters),
                "seed": parameters["SEED"] if seed is None else seed,
                "class_names": list(dataset.class_names),
                "data": {
                    "name": dataset.name,
                    "fingerprint": dataset.fingerprint,
                    "images": {
                        "train": len(dataset.train),
                        "val": len(dataset.val),
                        "test": len(dataset.test),
                    },
                    "notes": list(dataset.notes),
                },
                "model": described
                | {"weights": weights}
                | ({"made_of": dict(made_of)} if made_of else {}),
                "training": _training_record(history, computed["precision"]),
                "environment": {
                    "backend": computed["backend"],
                    "device": environment.device(),
                    "python": platform.python_version(),
                    "packages": environment.versions(),
                },
                "metrics": metrics(dataset, val, test, further),
            }
            (temporary / RECORD_NAME).write_text(
                json.dumps(record, indent=1) + "\n", encoding="utf-8"
            )
    except OSError as error:
        raise unwritable(folder, error) from error
    if dataset.full:
        write_leaderboard()
    return Run(folder, record)


def _save_keras(model, folder: Path, dataset) -> tuple[dict, dict]:
    """The model's file, described, and what computed it."""
    import keras

    file = export(model, folder / "model.keras", dataset.class_names)
    described = _describe(file, model.count_params(), model.input_shape[1:])
    return described, {
        "precision": keras.config.dtype_policy().name,
        "backend": keras.backend.backend(),
    }


def _save_classical(classifier, folder: Path, dataset) -> tuple[dict, dict]:
    """As :func:`_save_keras`, of a scikit-learn classifier."""
    import joblib

    file = folder / "model.joblib"
    joblib.dump({"classifier": classifier, "class_names": dataset.class_names}, file, compress=3)
    steps = [step for _, step in classifier.steps] if hasattr(classifier, "steps") else [classifier]
    learnt = [
        value
        for step in steps
        for name, value in vars(step).items()
        if name.endswith("_") and hasattr(value, "size")
    ]
    described = _describe(file, sum(value.size for value in learnt), (classifier.n_features_in_,))
    return described, {"precision": "float64", "backend": "scikit-learn"}


def _describe(file: Path, parameters: int, input_shape) -> dict:
    return {
        "parameters": int(parameters),
        "input_shape": [int(side) for side in input_shape],
        "bytes": file.stat().st_size,
        "sha256": sha256(file),
    }


def metrics(dataset, val, test, further: Mapping | None = None) -> dict:
    """Figures of both evaluations as run.json keeps them; those without training twins too where the data tells twins; and
    of whatever else the model was judged on, by name."""
    figures = {"val": val.summary(), "test": test.summary()}
    if dataset.test.has_twin is not None:
        figures["test_without_twins"] = test.where(~np.asarray(dataset.test.has_twin)).summary()
    if further:
        figures["further"] = {name: evaluation.summary() for name, evaluation in further.items()}
    return figures


def _training_record(history, precision: str) -> dict:
    if history is None:
        return {
            "epochs": 0,
            "chosen_epoch": None,
            "chosen_by": "made elsewhere",
            "seconds": 0.0,
            "precision": precision,
        }
    if isinstance(history, Mapping):
        return {"epochs": 0, "chosen_epoch": None, "precision": precision} | dict(history)
    monitor = history.attrs.get("monitor", "val_accuracy")
    return {
        "epochs": len(history),
        "chosen_epoch": int(history[monitor].idxmax()) + 1,
        "chosen_by": f"highest validation {monitor.removeprefix('val_').replace('_', ' ')}",
        "seconds": round(float(history["seconds"].sum()), 1),
        "precision": precision,
    } | _computed_on(history.attrs.get("computed_on", ()))


def _computed_on(machines) -> dict:
    """Backends and devices of a training, which may be others than those that judged the model."""
    return {
        key: " and ".join(dict.fromkeys(m[key] for m in machines))
        for key in ("backend", "device")
        if machines
    }


def _rounded_scores(evaluation) -> np.ndarray:
    """Scores as they are kept: float16, and where one class is decided for in steps of 0.001, which takes little more than
    half the bytes once compressed. Rounding may make the two best equal; the class decided for then stays a step ahead."""
    if evaluation.multi_label:
        return evaluation.y_score.astype(np.float16)
    scores = np.round(evaluation.y_score, 3)
    (tied,) = np.nonzero((scores == scores.max(axis=1, keepdims=True)).sum(axis=1) > 1)
    scores[tied, evaluation.y_pred[tied]] += 0.001
    return scores.astype(np.float16)
