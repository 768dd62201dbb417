"""Additions to Keras's callbacks: a clock, a backup of the whole state, the past of a resumed training."""

import math
import time
from dataclasses import replace
from pathlib import Path

import keras
import pandas as pd

from ..environment import device
from ..models.keras_internals import set_average_in_model
from .checkpoint import State, save_state


class Averaged(keras.callbacks.SwapEMAWeights):
    """Validates and keeps the moving average of the weights, where the optimizer has one (``use_ema=True``; Polyak &
    Juditsky, 1992). A checkpoint holds them swapped: the model the average, the optimizer what training goes on from."""

    def __init__(self, resumed: bool):
        super().__init__(swap_on_epoch=True)
        self._resumed = resumed

    def on_train_begin(self, logs=None):
        """Know what the restored model holds."""
        super().on_train_begin(logs)
        set_average_in_model(self, self._resumed)


class Clock(keras.callbacks.Callback):
    """Adds seconds and learning rate to the logs of an epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        """Start."""
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Log."""
        logs["seconds"] = time.perf_counter() - self._start
        logs["learning_rate"] = float(
            keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)
        )


class StopAtDivergence(keras.callbacks.Callback):
    """Ends a training whose loss is no longer finite.

    ``keras.callbacks.TerminateOnNaN`` looks at the loss after every batch, for which JAX must wait until the device is
    done. Without it a GPU computes while the next batches are made. A mean over an epoch is finite only if all losses are.
    """

    def on_epoch_end(self, epoch, logs=None):
        """Look at the epoch's loss."""
        if not math.isfinite(logs["loss"]):
            self.model.stop_training = True


class Backup(keras.callbacks.Callback):
    """Keeps the whole state of a training after every epoch; comes last, when all else about the epoch is done."""

    def __init__(self, checkpoint: Path, state: State, monitor: str):
        super().__init__()
        self._checkpoint, self._monitor = checkpoint, monitor
        self.state = state  # after the last whole epoch

    def on_epoch_end(self, epoch, logs=None):
        """Keep it."""
        row = pd.DataFrame([{"epoch": epoch, **dict(sorted(logs.items()))}])
        history = pd.concat([self.state.history, row], ignore_index=True)
        machine = {"backend": keras.backend.backend(), "device": device()}
        computed_on = (
            *self.state.computed_on,
            *([] if machine in self.state.computed_on else [machine]),
        )
        state = replace(self.state, history=history, computed_on=computed_on)
        self.state = save_state(self._checkpoint, self.model, state, self._monitor)


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras's own, which on resuming first counts the epochs of the past."""

    def __init__(self, past: pd.DataFrame, monitor: str, patience: int):
        super().__init__(monitor=monitor, mode="max", patience=patience)
        self._past = past

    def on_train_begin(self, logs=None):
        """Count."""
        super().on_train_begin(logs)
        for epoch, row in self._past.iterrows():
            self.on_epoch_end(epoch, row.to_dict())
