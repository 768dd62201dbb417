"""Folders of runs: from a run's name to its place among the artifacts."""

import os
from pathlib import Path, PurePosixPath

from .. import environment
from ..paths import artifacts_dir
from .protocols import DatasetLike
from .record_files import read_record
from .writing import RECORD_NAME, ArtifactError, settle, unwritable

# The files of a run that git tracks; .gitignore lists them too.
TRACKED_FILES = ("run.json", "history.csv", "val_scores.npz", "test_scores.npz")
MODEL_FILES = ("model.keras", "model.joblib")  # a run has one of them
COMPILED_FILES = ("model.tflite", "model.int8.tflite")  # of the one, where it was compiled
# Folders within a run's folder that are deleted when its training is finished.
PARTS_OF_WORK = {"checkpoint", "cached_features"}

# Folders of the artifacts that hold no run, and short names of models in
# emotion_lib.inference.model_choice: a run of such a name could not be loaded by it.
_RESERVED = {"best", "bench", "report", "smoke", "best int8", "int8", "ensemble"}
_MAX_NAME_BYTES = 255  # of one folder, on all usual file systems
# By folder: the commit when its run began, as the checkout may change while a training runs.
_commit_at_start: dict[Path, str] = {}


def run_folder(name: str) -> Path:
    """Return the folder that a run of this name has, or would have.

    Raises:
        ArtifactError: the name is not a relative path within the artifacts folder, or is too long.
    """
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or path.as_posix() != name:
        raise _no_name(name)
    for part in path.parts:
        if part.startswith(".") or len(os.fsencode(part)) > _MAX_NAME_BYTES:
            raise _no_name(name)
    return artifacts_dir() / name


def _no_name(name: str) -> ArtifactError:
    return ArtifactError(
        "Expected a name of a run, such as own/mine: a path within the artifacts folder, whose "
        f"parts begin with no dot and have at most {_MAX_NAME_BYTES} bytes. Received: {name!r}. "
        "Choose another name."
    )


def new_run_folder(name: str) -> Path:
    """Return the folder for a run that is about to be written.

    Raises:
        ArtifactError: see :func:`run_folder`; or the name has another meaning, such as ``best``.
    """
    parts = PurePosixPath(name).parts
    if not _RESERVED.isdisjoint(parts[:1]) or not PARTS_OF_WORK.isdisjoint(parts):
        raise ArtifactError(
            f"Expected a name of a run without {sorted(_RESERVED | PARTS_OF_WORK)}. "
            f"Received: {name!r}. Choose another name."
        )
    return run_folder(name)


def run_dir(name: str, dataset: DatasetLike) -> Path:
    """Return the folder of a run on a data set, and create it if it does not exist.

    The first call starts the run: run.json will name the commit of that moment. Files that an
    earlier run left in the folder stay until :func:`save_run` replaces them. Until then the new
    run keeps its files in ``checkpoint/`` within the folder.

    Args:
        name: of the run.
        dataset: the data set that it is trained on.

    Raises:
        ArtifactError: the name is not one of a run; the folder cannot be written; or it holds a
            full run, or a record that cannot be read, and the new run would not be full.
    """
    folder = new_run_folder(name)
    file = folder / RECORD_NAME
    if file.exists() and not dataset.full and read_record(file).full:
        raise ArtifactError(
            f"Expected a full run, because {folder} holds one. Received: a run on {dataset.name} "
            f"that is not full ({'; '.join(dataset.notes[-1:])}). Choose another RUN_NAME, or "
            "another ARTIFACTS_DIR, for trials."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        settle(folder)
    except OSError as error:
        raise unwritable(folder, error) from error
    _commit_at_start.setdefault(folder, environment.commit())
    return folder


def replaced_files(folder: Path) -> list[str]:
    """Return the names of files that a new run replaces in a folder, or deletes if it has none.

    These are all that belong to a run: an old figure beside a new record would show another model.
    """
    figures = [file.name for file in folder.glob("*.png")]
    return [*TRACKED_FILES, *MODEL_FILES, *COMPILED_FILES, *figures]


def commit_at_start(folder: Path) -> str:
    """Return the commit at the moment when :func:`run_dir` was first called for this folder."""
    return _commit_at_start[folder]
