"""Checkpoints: states of a training, from the last of which it resumes."""

import contextlib
import json
import os
import shutil
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import keras
import numpy as np
import pandas as pd

from ..files import LOCK_NAME, FolderInUseError, atomic_folder, exclusive, write_text
from ..models.keras_internals import random_states

_PREFIX = "epoch-"
# Errors that reading a damaged file of a state raises.
_DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)


@dataclass(frozen=True)
class State:
    """A training after some whole epochs.

    Attributes:
        history: one row per epoch.
        computed_on: backends and devices of these epochs, in order, as dicts with "backend" and
            "device".
        folder: holds both, and weights, optimizer, random states and best weights; None before the
            first epoch.
    """

    history: pd.DataFrame
    computed_on: tuple[dict[str, str], ...] = ()
    folder: Path | None = None

    @property
    def best_weights(self) -> Path:
        """Weights of the epoch with the highest value of the monitored metric."""
        return self.folder / "best.weights.h5"


def save_state(checkpoint: Path, model: keras.Model, state: State, monitor: str) -> State:
    """Save a training after another epoch.

    A state is a folder that gets its name when everything in it is on disk, so that a kill costs no
    more than the running epoch. The state before is kept too; older ones are deleted.

    Args:
        checkpoint: folder of the states.
        model: with its optimizer.
        state: with the new epoch's row in its history, and the folder of the epoch before.
        monitor: column of the history that the best epoch is chosen by.

    Returns:
        The state with its new folder.

    Raises:
        OSError: the folder cannot be written.
    """
    epochs = len(state.history)
    folder = checkpoint / f"{_PREFIX}{epochs:05}"
    with atomic_folder(folder) as new:
        weights = new / "all.weights.h5"
        model.save_weights(weights)
        is_best = state.folder is None or _best_epoch(state.history[monitor]) == epochs - 1
        _link(weights if is_best else state.best_weights, new / "best.weights.h5")
        random_numbers = [keras.ops.convert_to_numpy(value) for value in random_states(model)]
        np.savez(new / "random.npz", *random_numbers)
        state.history.to_csv(new / "history.csv", index=False)
        (new / "computed_on.json").write_text(json.dumps(state.computed_on))
    for older in _states(checkpoint)[2:]:
        shutil.rmtree(older, ignore_errors=True)
    return replace(state, folder=folder)


def restore(checkpoint: Path, model: keras.Model, identity: str) -> State:
    """Set a model, with its optimizer, to the last whole epoch of its training.

    A state that cannot be read is deleted, and the one before it is used. If there is none, or the
    checkpoint belongs to another training, or the training diverged, the checkpoint is emptied and
    the model stays as it is.

    Args:
        checkpoint: a folder that this process holds alone.
        model: compiled.
        identity: of the training, see :func:`.identity.identity_of`.

    Returns:
        The state of the training, with an empty history if it starts from the first epoch.
    """
    identity_file = checkpoint / "identity"
    for leftover in checkpoint.glob(f".{_PREFIX}*"):  # of a process that was killed
        shutil.rmtree(leftover)
    if identity_file.is_file() and identity_file.read_text(errors="replace") == identity:
        state = _last_readable_state(checkpoint, model)
        if state is not None and np.isfinite(state.history["loss"]).all():
            return state
    elif _states(checkpoint):
        print(
            f"The checkpoint in {checkpoint} is of another model or other settings: starting "
            "from the first epoch."
        )
    _empty(checkpoint)
    write_text(identity_file, identity)
    return State(pd.DataFrame())


def finish(folder: Path, *parts: str) -> None:
    """Delete files that a finished training no longer needs.

    These are checkpoints, cached features and the plan of epochs; the best weights are in the
    exported model. Files that another process uses are left to it.

    Args:
        folder: of the training.
        parts: subfolders that were trained separately.
    """
    for part in (folder, *(folder / name for name in parts)):
        (part / "epochs.json").unlink(missing_ok=True)
        for leftover in (part / "checkpoint", part / "cached_features"):
            if leftover.is_dir():
                with contextlib.suppress(FolderInUseError), exclusive(leftover, "deleting it"):
                    shutil.rmtree(leftover, ignore_errors=True)


def _states(checkpoint: Path) -> list[Path]:
    """Return the folders of the states, the newest first."""
    return sorted(checkpoint.glob(f"{_PREFIX}*"), reverse=True)


def _last_readable_state(checkpoint: Path, model: keras.Model) -> State | None:
    """Set the model to the newest state that can be read; delete those that cannot."""
    for folder in _states(checkpoint):
        try:
            return _load(folder, model)
        except _DAMAGED as error:
            print(
                f"{folder} cannot be read ({type(error).__name__}: {error}): resuming from the "
                "epoch before."
            )
            shutil.rmtree(folder)
    return None


def _load(folder: Path, model: keras.Model) -> State:
    """Set the model to a state; raise one of ``_DAMAGED`` if a file is damaged."""
    history = pd.read_csv(folder / "history.csv")
    if folder.name != f"{_PREFIX}{len(history):05}":
        raise ValueError(f"{len(history)} epochs in history.csv")
    computed_on = tuple(json.loads((folder / "computed_on.json").read_text()))
    state = State(history, computed_on, folder)
    with np.load(folder / "random.npz") as file:
        random_numbers = [file[name] for name in file.files]
    h5py.File(state.best_weights).close()
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    model.load_weights(folder / "all.weights.h5")
    for variable, value in zip(random_states(model), random_numbers, strict=True):
        variable.assign(value)
    return state


def _empty(checkpoint: Path) -> None:
    """Delete everything in the folder except its lock."""
    for entry in checkpoint.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != LOCK_NAME:
            entry.unlink()


def _best_epoch(values: pd.Series) -> int:
    return int(values.fillna(-np.inf).argmax())


def _link(file: Path, name: Path) -> None:
    """Give a file a second name, or copy it where the file system does not support links."""
    try:
        os.link(file, name)
    except OSError:
        shutil.copyfile(file, name)
