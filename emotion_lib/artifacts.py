"""The hall between lab and field: models on disk, runs and the leaderboard.

A run is a folder ``<artifacts>/<name>/``: ``model.keras``, ``run.json`` (what made it and what it reached),
``history.csv``, the scores on validation and test, figures. Only this module writes there, the training's checkpoint and
the executed notebook excepted.
"""

import contextlib
import csv
import errno
import hashlib
import io
import json
import os
import platform
import shutil
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from . import provenance
from .paths import artifacts_dir

CLASS_NAMES_MEMBER = "class_names.json"  # inside the .keras file, so that a model never parts from its names
TRACKED_FILES = ("run.json", "history.csv", "val_scores.npz", "test_scores.npz")  # .gitignore lists them too

LEADERBOARD_COLUMNS = (
    "run", "dataset", "n", "accuracy", "ci_low", "ci_high", "macro_f1", "mean_average_precision",
    "accuracy_without_twins", "n_without_twins", "val_accuracy", "parameters",
    "epochs", "seconds", "weights", "backend", "precision", "device", "seed", "commit",
    "date",
)  # fmt: skip


_commit_at_start: dict[Path, str] = {}  # by folder; the checkout may move on while a training runs


class ArtifactError(RuntimeError):
    """A run or model that is missing, damaged or not fit for what was asked."""


@dataclass(frozen=True)
class Run:
    """A recorded run: its folder and what run.json says."""

    folder: Path
    record: dict

    @property
    def name(self) -> str:
        """The run's name, which is its folder's path below the artifacts."""
        return self.record["name"]

    @property
    def model_file(self) -> Path:
        """The exported model."""
        return self.folder / "model.keras"

    def scores(self, split: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        """Labels ``(n,)``, scores ``(n, num_classes)`` float32 as precise as 0.001, and class names of "val" or "test"."""
        with np.load(self.folder / f"{split}_scores.npz") as file:
            return file["y_true"].astype(np.int64), file["y_score"].astype(np.float32), tuple(self.record["class_names"])


def run_dir(name: str, dataset) -> Path:
    """Folder of a run on a data set, made if need be.

    Asking for it starts the run: the commit of that moment is what run.json will name.

    Raises:
        ArtifactError: it cannot be written, or holds a full run and this one would not be full.
    """
    folder = artifacts_dir() / name
    record = folder / "run.json"
    if record.exists() and not dataset.full and json.loads(record.read_text())["full"]:
        raise ArtifactError(
            f"Expected a full run, because {folder} holds one. Received: a run on {dataset.name} that is not full "
            f"({'; '.join(dataset.notes[-1:])}). Choose another RUN_NAME, or another ARTIFACTS_DIR, for trials."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    _commit_at_start.setdefault(folder, provenance.commit())
    return folder


# ---- models ---------------------------------------------------------------------------------------------------------


def export(model, path: Path, class_names) -> Path:
    """Save a model as a ``.keras`` file of standard layers in float32, with its class names inside.

    The names are one more member of the zip, which plain ``keras.models.load_model`` passes over.

    Args:
        model: Keras model with ``len(class_names)`` outputs.
        path: file to write; it appears whole or not at all.
        class_names: what the outputs mean, in order.

    Raises:
        ArtifactError: the place cannot be written or is full.
    """
    from .models.portable import portable

    if model.output_shape[-1] != len(class_names):
        raise ArtifactError(
            f"Expected one class name an output ({model.output_shape[-1]}). Received: {len(class_names)}: {class_names}."
        )
    path = Path(path)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.keras")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        portable(model).save(temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(CLASS_NAMES_MEMBER, json.dumps(list(class_names)))
        os.replace(temporary, path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    return path


def load_model(path: Path):
    """Load a ``.keras`` file and the class names inside it.

    Returns:
        The Keras model and its class names (a tuple), which are None if the file was not exported by this library.

    Raises:
        ArtifactError: no such file, or not a ``.keras`` model.
    """
    path = Path(path)
    names = class_names(path)
    import keras

    try:
        model = keras.models.load_model(path, compile=False)
    except Exception as error:  # Keras raises many types for a damaged file
        raise ArtifactError(
            f"Expected a .keras model at {path}. Received: a file Keras cannot load ({type(error).__name__}: "
            f"{str(error).splitlines()[0][:200] if str(error) else 'no reason given'}). Export it again."
        ) from error
    return model, names


def class_names(path: Path) -> tuple[str, ...] | None:
    """The class names inside a ``.keras`` file, without loading Keras; None if this library did not export it.

    Raises:
        ArtifactError: no such file, or not a ``.keras`` model.
    """
    path = Path(path)
    if not path.is_file():
        raise ArtifactError(
            f"Expected a .keras model at {path}. Received: no such file. See `make help` for how to make one."
        )
    if not zipfile.is_zipfile(path):
        raise ArtifactError(
            f"Expected a .keras model (a zip that Keras 3 writes). Received: {path}, which is none. "
            "An older .h5 file has to be rebuilt and saved as .keras first."
        )
    with zipfile.ZipFile(path) as archive:
        return tuple(json.loads(archive.read(CLASS_NAMES_MEMBER))) if CLASS_NAMES_MEMBER in archive.namelist() else None


def sha256(path: Path) -> str:
    """Digest of a file: what binds a model to its record."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ---- runs -----------------------------------------------------------------------------------------------------------


def parameters_of(namespace: Mapping) -> dict:
    """The UPPER_CASE names of a notebook with plain values: its parameters, as run.json records them."""
    plain = (bool, int, float, str, list, tuple, dict, type(None))
    return {k: v for k, v in namespace.items() if k.isupper() and not k.startswith("_") and isinstance(v, plain)}


def save_run(
    name: str,
    *,
    model,
    dataset,
    val,
    test,
    history,
    parameters: Mapping,
    figures: Mapping | None = None,
    weights: str = "none (from scratch)",
) -> Run:
    """Keep a finished run: model, record, scores and figures; a full one enters the leaderboard.

    Args:
        name: the run's name, such as "01_sequential_cnn".
        model: the Keras model that was evaluated, exported as standard layers; or a fitted scikit-learn classifier, kept
            as ``model.joblib``, which only who trusts its maker should load (it can run code), and which is never promoted.
        dataset: the :class:`emotion_lib.datasets.Dataset` it was trained on.
        val, test: its :class:`emotion_lib.evaluation.Evaluation` on validation and test.
        history: DataFrame of :func:`emotion_lib.training.fit`; of what knows no epochs a mapping with "seconds" and
            "chosen_by" (how it was chosen, on validation); None for a model that was not trained here.
        parameters: of the notebook (see :func:`parameters_of`); must hold SEED.
        figures: name -> matplotlib Figure, saved as PNG.
        weights: where the first weights came from.

    Raises:
        ArtifactError: the folder cannot be written, or a smoke run would overwrite a full one.
    """
    folder = run_dir(name, dataset)
    described, computed = (_save_classical if hasattr(model, "n_features_in_") else _save_keras)(model, folder, dataset)
    record = {
        "name": name,
        "full": dataset.full,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit_at_start[folder],
        "parameters": dict(parameters),
        "seed": parameters["SEED"],
        "class_names": list(dataset.class_names),
        "data": {
            "name": dataset.name,
            "fingerprint": dataset.fingerprint,
            "images": {"train": len(dataset.train), "val": len(dataset.val), "test": len(dataset.test)},
            "notes": list(dataset.notes),
        },
        "model": described | {"weights": weights},
        "training": _training_record(history, computed["precision"]),
        "environment": {
            "backend": computed["backend"],
            "device": provenance.device(),
            "python": platform.python_version(),
            "packages": provenance.versions(),
        },
        "metrics": metrics(dataset, val, test),
    }
    try:
        if hasattr(history, "to_csv"):
            history.to_csv(folder / "history.csv", index=False)
        for split, evaluation in (("val", val), ("test", test)):
            truth, scores = evaluation.y_true.astype(np.uint8), _rounded_scores(evaluation)
            np.savez_compressed(folder / f"{split}_scores.npz", y_true=truth, y_score=scores)
        for figure_name, figure in (figures or {}).items():
            figure.savefig(folder / f"{figure_name}.png", dpi=110)
        _write_text(folder / "run.json", json.dumps(record, indent=1) + "\n")  # last: a run without it is none
    except OSError as error:
        raise _unwritable(folder, error) from error
    if dataset.full:
        write_leaderboard()
    return Run(folder, record)


def _save_keras(model, folder: Path, dataset) -> tuple[dict, dict]:
    """The model's file, described, and what computed it."""
    import keras

    file = export(model, folder / "model.keras", dataset.class_names)
    described = _describe(file, model.count_params(), model.input_shape[1:])
    return described, {"precision": keras.config.dtype_policy().name, "backend": keras.backend.backend()}


def _save_classical(classifier, folder: Path, dataset) -> tuple[dict, dict]:
    """As :func:`_save_keras`, of a scikit-learn classifier."""
    import joblib

    file, temporary = folder / "model.joblib", folder / f".model.{os.getpid()}.joblib"
    try:
        joblib.dump({"classifier": classifier, "class_names": dataset.class_names}, temporary, compress=3)
        os.replace(temporary, file)
    except OSError as error:
        raise _unwritable(file, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    steps = [step for _, step in classifier.steps] if hasattr(classifier, "steps") else [classifier]
    learnt = [value for step in steps for name, value in vars(step).items() if name.endswith("_") and hasattr(value, "size")]
    described = _describe(file, sum(value.size for value in learnt), (classifier.n_features_in_,))
    return described, {"precision": "float64", "backend": "scikit-learn"}


def _describe(file: Path, parameters: int, input_shape) -> dict:
    return {
        "parameters": int(parameters),
        "input_shape": [int(side) for side in input_shape],
        "bytes": file.stat().st_size,
        "sha256": sha256(file),
    }


def metrics(dataset, val, test) -> dict:
    """Figures of both evaluations as run.json keeps them; those without training twins too where the data tells twins."""
    figures = {"val": val.summary(), "test": test.summary()}
    if dataset.test.has_twin is not None:
        figures["test_without_twins"] = test.where(~np.asarray(dataset.test.has_twin)).summary()
    return figures


def _training_record(history, precision: str) -> dict:
    if history is None:
        return {"epochs": 0, "chosen_epoch": None, "chosen_by": "made elsewhere", "seconds": 0.0, "precision": precision}
    if isinstance(history, Mapping):
        return {"epochs": 0, "chosen_epoch": None, "precision": precision} | dict(history)
    monitor = history.attrs.get("monitor", "val_accuracy")
    return {
        "epochs": len(history),
        "chosen_epoch": int(history[monitor].idxmax()) + 1,
        "chosen_by": f"highest validation {monitor.removeprefix('val_').replace('_', ' ')}",
        "seconds": round(float(history["seconds"].sum()), 1),
        "precision": precision,
    }


def load_run(name: str) -> Run:
    """A recorded run by its name.

    Raises:
        ArtifactError: there is none of this name.
    """
    file = artifacts_dir() / name / "run.json"
    if not file.is_file():
        known = [run.name for run in runs()]
        raise ArtifactError(f"Expected one of the runs {known} in {artifacts_dir()}. Received: {name!r}.")
    return Run(file.parent, json.loads(file.read_text()))


def runs(root: Path | None = None) -> list[Run]:
    """All full runs below ``root`` (None: the artifacts folder), by name; smoke runs and the promoted copy are not among
    them."""
    return _full_runs(root or artifacts_dir())


def _full_runs(root: Path) -> list[Run]:
    found = []
    for file in sorted(root.rglob("run.json")):
        record = json.loads(file.read_text())
        # A run's name is its path, which leaves out the promoted copy in best/ and what lies in smoke/.
        if record["full"] and record["name"] == file.parent.relative_to(root).as_posix():
            found.append(Run(file.parent, record))
    return found


def short_names(names: Iterable[str]) -> dict[str, str]:
    """What figures call runs: number of the notebook and name of the part, "04 none" for
    "04_vgg16_class_weights/EPOCHS=5/none". Runs that only their parameters tell apart keep them."""
    found = {}
    for name in names:
        parts = [part for part in name.split("/") if "=" not in part]
        number, _, title = parts[0].partition("_")
        found[name] = f"{number} {parts[-1] if len(parts) > 1 else title}".replace("_", " ")
    twice = {short for short, count in Counter(found.values()).items() if count > 1}
    for name, short in found.items():
        if short in twice and (changed := ", ".join(part for part in name.split("/") if "=" in part)):
            found[name] = f"{short} ({changed})"
    return found


def best_run(dataset: str = "fer2013") -> Run:
    """The full run on a data set with the highest *validation* accuracy.

    Raises:
        ArtifactError: there is none.
    """
    candidates = [run for run in runs() if run.record["data"]["name"] == dataset]
    if not candidates:
        raise ArtifactError(
            f"Expected a full run on {dataset} in {artifacts_dir()}. Received: none. `make run-all` makes them."
        )
    return max(candidates, key=lambda run: run.record["metrics"]["val"]["accuracy"])


def write_leaderboard() -> Path:
    """Write ``leaderboard.csv`` anew from the run.json of every full run: one row a run, best validation first."""
    file = artifacts_dir() / "leaderboard.csv"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _write_text(file, _leaderboard_csv(runs()))
    except OSError as error:
        raise _unwritable(file, error) from error
    return file


def _leaderboard_csv(chosen: list[Run]) -> str:
    rows = [_leaderboard_row(run.record) for run in chosen]
    rows.sort(key=lambda row: (row["dataset"], -float(row["val_accuracy"])))
    table = io.StringIO()
    writer = csv.DictWriter(table, LEADERBOARD_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return table.getvalue()


def collect(source: Path) -> list[str]:
    """Copy the tracked files of every full run below ``source`` here, and write the leaderboard.

    For trainings whose ARTIFACTS_DIR lay outside the checkout.

    Returns:
        The names of the runs.

    Raises:
        ArtifactError: there are none, or the files cannot be written.
    """
    found = _full_runs(Path(source))
    if not found:
        raise ArtifactError(
            f"Expected an ARTIFACTS_DIR with full runs: <run>/run.json below {source}. Received: none. "
            "Name the folder above the runs."
        )
    for run in found:
        folder = artifacts_dir() / run.name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for tracked in TRACKED_FILES:
                if (run.folder / tracked).exists():  # a model made elsewhere has no history
                    shutil.copy2(run.folder / tracked, folder / tracked)
        except OSError as error:
            raise _unwritable(folder, error) from error
    write_leaderboard()
    return [run.name for run in found]


def leaderboard(chosen: list[Run] | None = None):
    """``leaderboard.csv``, or the like of some runs, as a pandas DataFrame.

    Raises:
        ArtifactError: there is no leaderboard yet.
    """
    import pandas as pd

    if chosen is not None:
        return pd.read_csv(io.StringIO(_leaderboard_csv(chosen)))
    file = artifacts_dir() / "leaderboard.csv"
    if not file.is_file():
        raise ArtifactError(f"Expected {file}. Received: no such file. `make run-all` writes it.")
    return pd.read_csv(file)


def _leaderboard_row(record: dict) -> dict:
    test = record["metrics"]["test"]
    without_twins = record["metrics"].get("test_without_twins", {})
    return {
        "run": record["name"],
        "dataset": record["data"]["name"],
        "n": test["n"],
        "accuracy": f"{test['accuracy']:.4f}",
        "ci_low": f"{test['accuracy_interval_95'][0]:.4f}",
        "ci_high": f"{test['accuracy_interval_95'][1]:.4f}",
        "macro_f1": f"{test['macro_f1']:.4f}",
        # Of several labels an image alone, whose accuracy is the share of exact matches.
        "mean_average_precision": f"{test['mean_average_precision']:.4f}" if "mean_average_precision" in test else "",
        "accuracy_without_twins": f"{without_twins['accuracy']:.4f}" if without_twins else "",
        "n_without_twins": without_twins.get("n", ""),
        "val_accuracy": f"{record['metrics']['val']['accuracy']:.4f}",
        "parameters": record["model"]["parameters"],
        "epochs": record["training"]["epochs"],
        "seconds": round(record["training"]["seconds"]),
        "weights": record["model"]["weights"],
        "backend": record["environment"]["backend"],
        "precision": record["training"]["precision"],
        "device": record["environment"]["device"],
        "seed": record["seed"],
        "commit": record["commit"],
        "date": record["date"][:10],
    }


# ---- writing ---------------------------------------------------------------------------------------------------


def _write_text(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text)
    os.replace(temporary, path)


def _rounded_scores(evaluation) -> np.ndarray:
    """Scores as they are kept: float16, and where one class is decided for in steps of 0.001, which takes little more than
    half the bytes once compressed. Rounding may make the two best equal; the class decided for then stays a step ahead."""
    if evaluation.multi_label:
        return evaluation.y_score.astype(np.float16)
    scores = np.round(evaluation.y_score, 3)
    (tied,) = np.nonzero((scores == scores.max(axis=1, keepdims=True)).sum(axis=1) > 1)
    scores[tied, evaluation.y_pred[tied]] += 0.001
    return scores.astype(np.float16)


def _unwritable(path: Path, error: OSError) -> ArtifactError:
    what_to_do = "Free some space" if error.errno == errno.ENOSPC else "Choose a place you may write to"
    return ArtifactError(
        f"Expected to be able to write {path}. Received: {error.strerror or error}. {what_to_do}, or set ARTIFACTS_DIR."
    )


def main(arguments: list[str] | None = None) -> int:
    """``python -m emotion_lib.artifacts collect FOLDER | leaderboard``."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="python -m emotion_lib.artifacts", description="Recorded runs and the leaderboard."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("collect", help="bring the records of runs made with another ARTIFACTS_DIR into this one")
    command.add_argument("folder", type=Path, help="that ARTIFACTS_DIR")
    commands.add_parser("leaderboard", help="write leaderboard.csv anew from the runs' records")
    options = parser.parse_args(arguments)
    try:
        if options.command == "collect":
            print(f"collected: {', '.join(collect(options.folder)) or 'nothing'}")
        else:
            print(write_leaderboard())
    except ArtifactError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
