"""What Keras's own callbacks leave out: clock, random states, the past of a resumed training."""

import time
from pathlib import Path

import keras
import numpy as np
import pandas as pd


class Averaged(keras.callbacks.SwapEMAWeights):
    """Validates and keeps the moving average of the weights, where the optimizer has one (``use_ema=True``; Polyak &
    Juditsky, 1992). A checkpoint holds them swapped: the model the average, the optimizer what training goes on from."""

    def __init__(self, resumed: bool):
        super().__init__(swap_on_epoch=True)
        self._resumed = resumed

    def on_train_begin(self, logs=None):
        """Know what the restored model holds."""
        super().on_train_begin(logs)
        self._ema_weights_in_model = self._resumed


class Clock(keras.callbacks.Callback):
    """Adds seconds and learning rate to the logs of an epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        """Start."""
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Log."""
        logs["seconds"] = time.perf_counter() - self._start
        logs["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))


class RandomState(keras.callbacks.Callback):
    """Keeps where dropout and augmentation stand in their random numbers, which Keras's weight files leave out."""

    def __init__(self, checkpoint: Path, resumed_at: int):
        super().__init__()
        self._checkpoint, self._resumed_at = checkpoint, resumed_at

    def _variables(self):
        return [v for v in self.model.variables if v.name == "seed_generator_state"]

    def on_train_begin(self, logs=None):
        """Go on where they stood."""
        file = self._checkpoint / f"random-{self._resumed_at}.npz"
        if self._resumed_at and file.exists():
            with np.load(file) as states:
                for variable, name in zip(self._variables(), states.files, strict=True):
                    variable.assign(states[name])

    def on_epoch_end(self, epoch, logs=None):
        """Keep them."""
        # One file an epoch: whichever epoch the backup turns out to hold, its state is there.
        states = [keras.ops.convert_to_numpy(variable) for variable in self._variables()]
        np.savez(self._checkpoint / f"random-{epoch + 1}.npz", *states)
        (self._checkpoint / f"random-{epoch - 1}.npz").unlink(missing_ok=True)


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
