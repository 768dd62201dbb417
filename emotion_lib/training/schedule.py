"""How fast, and for how long."""

import contextlib
import json
import time
from pathlib import Path

import keras
import numpy as np

from ..datasets.batches import Batches
from ..files import digest_of, write_text
from .identity import layer_configurations


def cosine_decay(
    learning_rate: float,
    epochs: int,
    train: Batches,
    warmup_epochs: float = 1.0,
    first_epoch: int = 0,
):
    """Learning rate that rises linearly over ``warmup_epochs`` and falls to zero by a half cosine
    (Loshchilov & Hutter, "SGDR", 2017), as a Keras schedule.

    Args:
        learning_rate: the highest.
        epochs: until it is zero.
        train: tells the steps of an epoch.
        warmup_epochs: until it is highest.
        first_epoch: where on this course the optimizer begins; above 0 for the later part of a training in parts.
    """
    warmup = min(round(warmup_epochs * len(train)), epochs * len(train) - 1)
    whole = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=learning_rate / 100 if warmup else learning_rate,
        decay_steps=max(1, epochs * len(train) - warmup),
        warmup_target=learning_rate if warmup else None,
        warmup_steps=warmup,
    )
    return _Later(whole, first_epoch * len(train)) if first_epoch else whole


@keras.saving.register_keras_serializable(
    "emotion_lib"
)  # as copies of a compiled model are compiled too
class _Later(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule from one of its steps on."""

    def __init__(self, whole, first_step: int):
        self.whole, self.first_step = whole, first_step

    def __call__(self, step):
        return self.whole(step + self.first_step)

    def get_config(self):
        return {"whole": self.whole.get_config(), "first_step": self.first_step}

    @classmethod
    def from_config(cls, config):
        return cls(
            keras.optimizers.schedules.CosineDecay.from_config(config["whole"]),
            config["first_step"],
        )


def affordable_epochs(
    model: keras.Model, train: Batches, seconds: float, folder: Path, steps: int = 20
) -> int:
    """How many epochs fit into a time, by timing some steps of a copy of the model, optimizer and all.

    What was found is kept in the folder, so that a resumed training has as many epochs as it began with.

    Args:
        model: compiled.
        train: what it will be trained on.
        seconds: for all epochs together; a tenth of it is left to validation.
        folder: of the training.
        steps: to time, after two that compile.

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
    with contextlib.suppress(
        OSError, ValueError, KeyError, TypeError
    ):  # not there, or damaged: planned again
        kept = json.loads(file.read_text())
        if kept["plan"] == plan:
            return kept["epochs"]
    trial = keras.models.clone_model(model)
    trial.compile_from_config(model.get_compile_config())
    for index in range(min(2, len(train))):
        trial.train_on_batch(*train[index])
    taken = []
    for index in range(steps):
        start = time.perf_counter()
        trial.train_on_batch(*train[index % len(train)])
        taken.append(time.perf_counter() - start)
    # The median, as other work on the machine may have held up some of them.
    epochs = max(1, int(0.9 * seconds / (float(np.median(taken)) * len(train))))
    folder.mkdir(parents=True, exist_ok=True)
    write_text(file, json.dumps({"plan": plan, "epochs": epochs}))
    return epochs
