"""Checkpoints: which training they belong to, and how it resumes from the last whole epoch."""

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

from ..files import (
    LOCK_NAME,
    FolderInUseError,
    atomic_folder,
    exclusive,
    write_text,
)
from ..models.keras_internals import random_states


@dataclass(frozen=True)
class State:
    """A training after some whole epochs.

    Attributes:
        history: one row per epoch.
        computed_on: backends and devices of these epochs, in order, as dicts with "backend" and "device".
        folder: holds both, and weights, optimizer, random numbers and best weights; None before the first epoch.
    """

    history: pd.DataFrame
    computed_on: tuple[dict[str, str], ...] = ()
    folder: Path | None = None

    @property
    def best_weights(self) -> Path:
        """Weights of the epoch with the highest value of what the training is monitored by."""
        return self.folder / "best.weights.h5"


def save_state(checkpoint: Path, model: keras.Model, state: State, monitor: str) -> State:
    """Keep a training after another epoch.

    A state is a folder that gets its name when all in it is on disk, so that a kill costs no more than the epoch that was
    running. The state before is kept too, older ones are deleted.

    Args:
        checkpoint: folder of the states.
        model: with its optimizer.
        state: with the new epoch's row in its history, and the folder of the epoch before.
        monitor: column of the history that the best epoch is chosen by.

    Returns:
        The state with its new folder.

    Raises:
        OSError: it cannot be written.
    """
    folder = checkpoint / f"{_STATE}{len(state.history):05}"
    with atomic_folder(folder) as new:
        weights = new / "all.weights.h5"
        model.save_weights(weights)
        is_best = (
            state.folder is None or _best_epoch(state.history[monitor]) == len(state.history) - 1
        )
        _link(weights if is_best else state.best_weights, new / "best.weights.h5")
        np.savez(
            new / "random.npz",
            *(keras.ops.convert_to_numpy(variable) for variable in _random_numbers(model)),
        )
        state.history.to_csv(new / "history.csv", index=False)
        (new / "computed_on.json").write_text(json.dumps(state.computed_on))
    for older in _states(checkpoint)[2:]:
        shutil.rmtree(older, ignore_errors=True)
    return replace(state, folder=folder)


def restore(checkpoint: Path, model: keras.Model, identity: str) -> State:
    """Set a model, with its optimizer, to the last whole epoch of its training.

    A state that cannot be read is deleted, for the one before it. If there is none, or the checkpoint belongs to another
    training, or that one diverged, the checkpoint is emptied and the model stays as it is.

    Args:
        checkpoint: a folder that this process holds alone.
        model: compiled.
        identity: of the training, see :func:`identity_of`.

    Returns:
        Where the training stands.
    """
    identity_file = checkpoint / "identity"
    for leftover in checkpoint.glob(f".{_STATE}*"):  # of a process that was killed
        shutil.rmtree(leftover)
    if identity_file.is_file() and identity_file.read_text(errors="replace") == identity:
        for folder in _states(checkpoint):
            try:
                state = _load(folder, model)
            except _DAMAGED as error:
                print(
                    f"{folder} cannot be read ({type(error).__name__}: {error}): resuming from the epoch before."
                )
                shutil.rmtree(folder)
                continue
            if np.isfinite(state.history["loss"]).all():
                return state
            break
    elif _states(checkpoint):
        print(
            f"The checkpoint in {checkpoint} is of another model or other settings: starting anew."
        )
    for entry in checkpoint.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != LOCK_NAME:
            entry.unlink()
    write_text(identity_file, identity)
    return State(pd.DataFrame())


def finish(folder: Path, *parts: str) -> None:
    """Delete what a finished training needs no more, in its folder and in the ``parts`` of it that were trained apart:
    checkpoints, cached features and the plan of epochs. The best weights are in the exported model. What another process
    is at work on by now is left to it."""
    for part in (folder, *(folder / name for name in parts)):
        (part / "epochs.json").unlink(missing_ok=True)
        for leftover in (part / "checkpoint", part / "cached_features"):
            if leftover.is_dir():
                with contextlib.suppress(FolderInUseError), exclusive(leftover, "deleting it"):
                    shutil.rmtree(leftover, ignore_errors=True)


_STATE = "epoch-"
# What reading a file of a state may raise if the file is damaged.
_DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)


def _states(checkpoint: Path) -> list[Path]:
    """Folders of the states, the newest first."""
    return sorted(checkpoint.glob(f"{_STATE}*"), reverse=True)


def _load(folder: Path, model: keras.Model) -> State:
    """Read a state, and set the model to it; raises one of ``_DAMAGED`` if a file is damaged."""
    history = pd.read_csv(folder / "history.csv")
    if folder.name != f"{_STATE}{len(history):05}":
        raise ValueError(f"{len(history)} epochs in history.csv")
    state = State(history, tuple(json.loads((folder / "computed_on.json").read_text())), folder)
    with np.load(folder / "random.npz") as file:
        random_numbers = [file[name] for name in file.files]
    h5py.File(state.best_weights).close()
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    model.load_weights(folder / "all.weights.h5")
    for variable, value in zip(_random_numbers(model), random_numbers, strict=True):
        variable.assign(value)
    return state


def _random_numbers(model: keras.Model) -> list:
    """Where dropout and augmentation stand in their random numbers, which Keras's weight files leave out."""
    return random_states(model)


def _best_epoch(values: pd.Series) -> int:
    return int(values.fillna(-np.inf).argmax())


def _link(file: Path, name: Path) -> None:
    """Give a file a second name, or copy it where the file system has only one per file."""
    try:
        os.link(file, name)
    except OSError:
        shutil.copyfile(file, name)
