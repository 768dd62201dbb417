"""Callbacks that Keras lacks: a clock, a backup of the whole state, resumed early stopping."""

import math
import time
from dataclasses import replace
from pathlib import Path

import keras
import pandas as pd

from ..environment import device
from ..models.keras_internals import set_average_in_model
from .checkpoint import State, save_state


class AveragedWeights(keras.callbacks.SwapEMAWeights):
    """Validation and checkpoints with the moving average of the weights.

    For an optimizer with ``use_ema=True`` (Polyak & Juditsky, 1992). A checkpoint holds the two
    swapped: the model has the average, and the optimizer the weights that the training continues
    with.

    Args:
        resumed: whether the model was restored from such a checkpoint.
    """

    def __init__(self, resumed: bool):
        super().__init__(swap_on_epoch=True)
        self._resumed = resumed

    def on_train_begin(self, logs=None):
        """Note which of the two the restored model holds."""
        super().on_train_begin(logs)
        set_average_in_model(self, self._resumed)


class Clock(keras.callbacks.Callback):
    """Duration in seconds and learning rate in the logs of each epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        """Note the time."""
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Add duration and learning rate to the logs."""
        logs["seconds"] = time.perf_counter() - self._start
        rate = keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)
        logs["learning_rate"] = float(rate)


class StopAtDivergence(keras.callbacks.Callback):
    """End of a training whose loss is no longer finite.

    ``keras.callbacks.TerminateOnNaN`` looks at the loss after every batch, for which JAX must wait
    until the device is done. Without it a GPU computes while the next batches are made. The mean
    over an epoch is finite only if all losses are.
    """

    def on_epoch_end(self, epoch, logs=None):
        """Stop if the epoch's loss is not finite."""
        if not math.isfinite(logs["loss"]):
            self.model.stop_training = True


class Backup(keras.callbacks.Callback):
    """Backup of the whole state of a training after every epoch; must be the last callback.

    Args:
        checkpoint: folder of the states.
        state: of the training when it begins or resumes.
        monitor: column of the history that the best epoch is chosen by.

    Attributes:
        state: after the last whole epoch.
    """

    def __init__(self, checkpoint: Path, state: State, monitor: str):
        super().__init__()
        self._checkpoint = checkpoint
        self._monitor = monitor
        self.state = state

    def on_epoch_end(self, epoch, logs=None):
        """Save the state."""
        row = pd.DataFrame([{"epoch": epoch, **dict(sorted(logs.items()))}])
        history = pd.concat([self.state.history, row], ignore_index=True)
        machine = {"backend": keras.backend.backend(), "device": device()}
        computed_on = self.state.computed_on
        if machine not in computed_on:
            computed_on = (*computed_on, machine)
        state = replace(self.state, history=history, computed_on=computed_on)
        self.state = save_state(self._checkpoint, self.model, state, self._monitor)


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Early stopping that counts the epochs before an interruption too.

    Args:
        past: history of these epochs, one row per epoch.
        monitor: metric, the higher the better.
        patience: epochs without a better value.
    """

    def __init__(self, past: pd.DataFrame, monitor: str, patience: int):
        super().__init__(monitor=monitor, mode="max", patience=patience)
        self._past = past

    def on_train_begin(self, logs=None):
        """Count the past epochs."""
        super().on_train_begin(logs)
        for epoch, row in self._past.iterrows():
            self.on_epoch_end(epoch, row.to_dict())
