"""Learning-rate schedules, and the number of epochs that fit into a time budget."""

import contextlib
import json
import time
from pathlib import Path

import keras
import numpy as np

from ..datasets.batches import Batches
from ..files import digest_of, write_text
from .identity import layer_configurations

_VALIDATION_SHARE = 0.1  # of the time budget
# The rest of a budget for several trainings is for the teachers' predictions and for evaluation.
_TRAINING_SHARE = 0.75


def cosine_decay(
    learning_rate: float,
    epochs: int,
    train: Batches,
    warmup_epochs: float = 1.0,
    first_epoch: int = 0,
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Return a schedule with linear warm-up and half a cosine down to zero.

    Source: Loshchilov & Hutter, "SGDR: Stochastic gradient descent with warm restarts", ICLR 2017.

    Args:
        learning_rate: the highest.
        epochs: until it is zero.
        train: training batches, whose number is that of the steps per epoch.
        warmup_epochs: until it is highest.
        first_epoch: epoch of this schedule with which the optimizer begins; above 0 for the later
            part of a training in parts.

    Example:
        >>> schedule = cosine_decay(1e-3, epochs=24, train=train)  # doctest: +SKIP
        >>> model.compile(keras.optimizers.Adam(schedule), "mse")  # doctest: +SKIP
    """
    steps = epochs * len(train)
    warmup = min(round(warmup_epochs * len(train)), steps - 1)
    whole = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=learning_rate / 100 if warmup else learning_rate,
        decay_steps=max(1, steps - warmup),
        warmup_target=learning_rate if warmup else None,
        warmup_steps=warmup,
    )
    return _Later(whole, first_epoch * len(train)) if first_epoch else whole


# Registered, because copies of a compiled model are compiled too.
@keras.saving.register_keras_serializable("emotion_lib")
class _Later(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule from one of its steps on."""

    def __init__(self, whole: keras.optimizers.schedules.CosineDecay, first_step: int):
        self.whole = whole
        self.first_step = first_step

    def __call__(self, step):
        return self.whole(step + self.first_step)

    def get_config(self) -> dict:
        return {"whole": self.whole.get_config(), "first_step": self.first_step}

    @classmethod
    def from_config(cls, config: dict) -> "_Later":
        whole = keras.optimizers.schedules.CosineDecay.from_config(config["whole"])
        return cls(whole, config["first_step"])


def seconds_per_training(hours: float | None, trainings: int) -> float | None:
    """Return the time budget of each of several trainings, or None without a budget.

    Args:
        hours: for everything; a quarter is left to the teachers' predictions and to evaluation.
        trainings: number of networks to train.

    Example:
        >>> seconds_per_training(8, 4)
        5400.0
    """
    if hours is None:
        return None
    return _TRAINING_SHARE * 3600 * hours / trainings


def affordable_epochs(
    model: keras.Model, train: Batches, seconds: float, folder: Path, steps: int = 20
) -> int:
    """Return how many epochs fit into a time budget, by timing some steps of a copy of the model.

    The result is kept in the folder, so that a resumed training has as many epochs as it began
    with.

    Args:
        model: compiled.
        train: training batches.
        seconds: for all epochs together; a tenth of it is left to validation.
        folder: of the training.
        steps: number of steps to time, after two that compile.

    Returns:
        At least 1.
    """
    file = folder / "epochs.json"
    plan = {
        "seconds": seconds,
        "images": len(train.split),
        "batch_size": train.batch_size,
        "model": digest_of(layer_configurations(model), length=16),
    }
    # A file that is missing or damaged is written again.
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(file.read_text())
        if kept["plan"] == plan:
            return kept["epochs"]
    seconds_per_epoch = _seconds_per_step(model, train, steps) * len(train)
    epochs = max(1, int((1 - _VALIDATION_SHARE) * seconds / seconds_per_epoch))
    folder.mkdir(parents=True, exist_ok=True)
    write_text(file, json.dumps({"plan": plan, "epochs": epochs}))
    return epochs


def _seconds_per_step(model: keras.Model, train: Batches, steps: int) -> float:
    """Return the median duration of a step, because other work may slow some of them down."""
    copy = keras.models.clone_model(model)
    copy.compile_from_config(model.get_compile_config())
    for index in range(min(2, len(train))):
        copy.train_on_batch(*train[index])
    durations = []
    for index in range(steps):
        start = time.perf_counter()
        copy.train_on_batch(*train[index % len(train)])
        durations.append(time.perf_counter() - start)
    return float(np.median(durations))
