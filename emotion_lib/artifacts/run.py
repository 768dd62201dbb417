"""A recorded run: its folder, and what run.json says of it.

The folder is ``<artifacts>/<name>/``: ``model.keras``, ``run.json`` (what made it and what it reached), ``history.csv``, the
scores on validation and test, figures.
"""

import contextlib
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from .. import environment
from ..paths import artifacts_dir
from .record import read_record, records
from .writing import RECORD_NAME, ArtifactError, settle, unwritable

TRACKED_FILES = (
    "run.json",
    "history.csv",
    "val_scores.npz",
    "test_scores.npz",
)  # .gitignore lists them too
MODEL_FILES = ("model.keras", "model.joblib")  # a run has one of them

_MAX_NAME_BYTES = 255  # of one folder, on all usual file systems
_RESERVED = {
    ("best",),
    ("bench",),
    ("report",),
    ("smoke",),
}  # folders among the artifacts that are none of a run
PARTS_OF_WORK = {
    "checkpoint",
    "cached_features",
}  # folders that are deleted when a training is finished
_commit_at_start: dict[Path, str] = {}  # by folder; the checkout may move on while a training runs


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
            return (
                file["y_true"].astype(np.int64),
                file["y_score"].astype(np.float32),
                tuple(self.record["class_names"]),
            )


def run_folder(name: str) -> Path:
    """Return the folder that a run of this name has, or would have.

    Raises:
        ArtifactError: the name is no relative path within the artifacts folder, or too long for one.
    """
    path = PurePosixPath(name)
    fits = all(
        not part.startswith(".") and len(os.fsencode(part)) <= _MAX_NAME_BYTES
        for part in path.parts
    )
    if not fits or not path.parts or path.is_absolute() or path.as_posix() != name:
        raise ArtifactError(
            "Expected a name of a run, such as own/mine: a path within the artifacts folder, of parts that begin with no "
            f"dot and have at most {_MAX_NAME_BYTES} bytes. Received: {name!r}. Choose another name."
        )
    return artifacts_dir() / name


def new_run_folder(name: str) -> Path:
    """Return the folder for a run that is to be written.

    Raises:
        ArtifactError: see :func:`run_folder`; or the name is that of a folder which is not one of a run, such as ``best``.
    """
    parts = PurePosixPath(name).parts
    if parts[:1] in _RESERVED or not PARTS_OF_WORK.isdisjoint(parts):
        reserved = sorted({part for reserved in _RESERVED for part in reserved} | PARTS_OF_WORK)
        raise ArtifactError(
            f"Expected a name of a run without {reserved}. Received: {name!r}. Choose another name."
        )
    return run_folder(name)


def run_dir(name: str, dataset) -> Path:
    """Return the folder of a run on a data set, made if need be.

    Asking for it starts the run: the commit of that moment is what run.json will name. What a run before left there stays
    as it is until :func:`save_run` replaces it; files of a run that is not yet saved belong into ``checkpoint/`` in it.

    Raises:
        ArtifactError: the name is not one of a run; the folder cannot be written; or it holds a full run, or a record that
            cannot be read, and this one would not be full.
    """
    folder = new_run_folder(name)
    record = folder / RECORD_NAME
    if record.exists() and not dataset.full and read_record(record)["full"]:
        raise ArtifactError(
            f"Expected a full run, because {folder} holds one. Received: a run on {dataset.name} that is not full "
            f"({'; '.join(dataset.notes[-1:])}). Choose another RUN_NAME, or another ARTIFACTS_DIR, for trials."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        settle(folder)
    except OSError as error:
        raise unwritable(folder, error) from error
    _commit_at_start.setdefault(folder, environment.commit())
    return folder


def commit_at_start(folder: Path) -> str:
    """The commit of the moment in which :func:`run_dir` was asked for this folder."""
    return _commit_at_start[folder]


def trained_on(record: dict) -> dict[str, str]:
    """Backend and device of a run's training, which run.json tells apart from those that judged it where it knows them."""
    return {
        key: record["training"].get(key, record["environment"][key])
        for key in ("backend", "device")
    }


def load_run(name: str) -> Run:
    """A recorded run by its name.

    Raises:
        ArtifactError: there is none of this name, or its record cannot be read.
    """
    file = run_folder(name) / RECORD_NAME
    with contextlib.suppress(OSError):  # a place that may only be read
        settle(file.parent)
    if not file.is_file():
        known = [run.name for run in runs()]
        raise ArtifactError(
            f"Expected one of the runs {known} in {artifacts_dir()}. Received: {name!r}."
        )
    return Run(file.parent, read_record(file))


def runs(root: Path | None = None) -> list[Run]:
    """Return all full runs below ``root`` (None: the artifacts folder), by name.

    Smoke runs and the promoted copy are not among them. A malformed record is skipped with a warning that names it.
    """
    root = root or artifacts_dir()
    found = []
    for file, record in records(root):
        # A run's name is its path, which leaves out the promoted copy in best/ and what lies in smoke/.
        if record["full"] and record["name"] == file.parent.relative_to(root).as_posix():
            found.append(Run(file.parent, record))
    return found


def belongs(name: str, beginnings: Iterable[str]) -> bool:
    """Whether a run is one of these or a part of one: "13_x/seed-0" of "13_x". Variants must be named themselves:
    "13_x/EPOCHS=1/seed-0" is a part of "13_x/EPOCHS=1" alone, and "13_x_wide" none of "13_x"."""
    return any(
        name == begin or (name.startswith(f"{begin}/") and "=" not in name[len(begin) :])
        for begin in beginnings
    )


def members(names: Iterable[str], dataset) -> list[Run]:
    """Return the runs that names stand for, with the models that an ensemble is made of.

    Args:
        names: of runs; one that has parts ("13_compact_residual" and its seeds) stands for all of them.
        dataset: the :class:`emotion_lib.datasets.Dataset` that they must have been trained on.

    Raises:
        ArtifactError: a name stands for no run, a model's file is not here, or it was trained on other data. No member is
            left out in silence.
    """
    known = runs()
    found: dict[str, Run] = {}
    for name in names:
        parts = {run.name: run for run in known if belongs(run.name, [name])}
        if not parts:
            raise ArtifactError(
                f"Expected a run of the name {name!r} in {artifacts_dir()}. Received: {[run.name for run in known]}."
            )
        found |= parts
    for run in found.values():
        if not run.model_file.is_file():
            raise ArtifactError(
                f"Expected the model of {run.name} at {run.model_file}. Received: no such file; models of runs are not "
                f"tracked. Make it: python -m emotion_lib.experiments.notebooks --again {run.name}"
            )
        if (fingerprint := run.record["data"]["fingerprint"]) != dataset.fingerprint:
            raise ArtifactError(
                f"Expected members that were trained on {dataset.name} (fingerprint {dataset.fingerprint}). Received: "
                f"{run.name}, trained on {run.record['data']['name']} ({fingerprint}). Leave it out, or train it again."
            )
    return list(found.values())


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Return what figures call runs: number of the notebook and name of the part.

    "04_vgg16/EPOCHS=5/none" becomes "04 none", and "13_compact_residual_wide/seed-40" becomes "13 wide seed-40" beside runs
    of "13_compact_residual". Runs that would have the same name keep their parameters, then all their parts, then all.

    Raises:
        ArtifactError: a name is given twice.

    Example:
        >>> short_names(["16_ablation/no votes/seed-0", "16_ablation/no mirror/seed-0", "01_cnn"]).values()
        dict_values(['16 no votes seed-0', '16 no mirror seed-0', '01 cnn'])
    """
    names = list(names)
    notebooks = {name.split("/")[0] for name in names}

    def with_last_part(name: str) -> str:
        first, *parts = (part for part in name.split("/") if "=" not in part)
        number, _, title = first.partition("_")
        longest = max(
            (other for other in notebooks if first.startswith(f"{other}_")), key=len, default=first
        )
        variant = first[len(longest) + 1 :]
        return " ".join(
            [number, variant, parts[-1]]
            if parts and variant
            else [number, parts[-1] if parts else title]
        )

    def with_parameters(name: str) -> str:
        changed = ", ".join(part for part in name.split("/") if "=" in part)
        return f"{with_last_part(name)} ({changed})" if changed else with_last_part(name)

    def with_all_parts(name: str) -> str:
        first, *parts = name.split("/")
        return " ".join([first.partition("_")[0], *parts])

    found = dict.fromkeys(names, "")
    for short in (with_last_part, with_parameters, with_all_parts, str):
        counts = Counter(found.values())
        found |= {
            name: short(name).replace("_", " ")
            for name, known in found.items()
            if not known or counts[known] > 1
        }
    if len(set(found.values())) < len(names):
        raise ArtifactError(
            f"Expected names that differ in more than _ and blanks. Received: {names}."
        )
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
