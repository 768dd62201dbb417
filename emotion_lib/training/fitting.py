"""The training itself: validated, kept and logged epoch by epoch."""

import importlib
import math
from pathlib import Path

import keras
import pandas as pd

from ..datasets.batches import Batches
from ..files import exclusive
from ..models.keras_internals import uses_average
from .callbacks import Averaged, Backup, Clock, EarlyStopping, StopAtDivergence
from .checkpoint import restore
from .identity import identity_of
from .precision import check_configuration


def average_precision(num_classes: int) -> keras.metrics.Metric:
    """Mean average precision of a multi-label task, for ``compile(metrics=...)``: what to choose its checkpoint by, as a
    network that predicts nothing has a high share of right decisions. Interpolated at 200 thresholds;
    :attr:`emotion_lib.evaluation.Evaluation.mean_average_precision` is exact."""
    return keras.metrics.AUC(
        curve="PR", multi_label=True, num_labels=num_classes, name="average_precision"
    )


def fit(
    model: keras.Model,
    train: Batches,
    val: Batches,
    folder: Path,
    *,
    epochs: int,
    patience: int | None = None,
    tensorboard: bool = False,
    verbose: int = 2,
    monitor: str = "val_accuracy",
    identity: str = "",
    **options,
) -> pd.DataFrame:
    """Train a compiled model and leave it with the weights of its best epoch on validation.

    A training that was killed resumes from its last whole epoch when ``fit`` is called again with the same model,
    optimizer, batches and folder; if any of these changed, it starts anew and says so. Until :func:`finish` is called
    everything is in ``folder/checkpoint``, so that a recorded run in the folder stays as it is.

    Args:
        model: compiled with the metric "accuracy", or with that of ``monitor``. If its optimizer averages the weights
            (``use_ema=True``), the average is what is validated and kept.
        train, val: batches.
        folder: where the checkpoint and (optionally) TensorBoard's log go.
        epochs: at most so many.
        patience: stop after so many epochs without a better value of ``monitor``; None never stops early.
        tensorboard: also write ``folder/tensorboard`` (needs TensorFlow, on any backend).
        verbose: as in ``keras.Model.fit``.
        monitor: the metric on validation, the higher the better, that the checkpoint is chosen by, such as
            "val_average_precision" of :func:`average_precision`.
        identity: where the weights began, if not at random: a training that began elsewhere is not resumed.
        options: further arguments of ``keras.Model.fit``, such as ``class_weight``.

    Returns:
        The history, one row an epoch: epoch (from 0), accuracy, loss, val_accuracy, val_loss,
        learning_rate, seconds; ``attrs["monitor"]`` says what the best epoch was chosen by, ``attrs["computed_on"]`` with
        which backend and on which device, several where it was resumed on another.

    Raises:
        ArithmeticError: the loss became NaN or infinite. What was learnt before is not gone on from: a call that follows
            starts anew.
        ValueError: Keras is configured for other networks, see :func:`check_configuration`.
        FolderInUseError: another process trains in this folder.
        OSError: the folder cannot be written.
        ImportError: TensorBoard's log is asked for and TensorFlow is not installed.
    """
    check_configuration()
    if tensorboard:
        _check_tensorboard()
    checkpoint = folder / "checkpoint"
    start = ({"start": identity} if identity else {}) | (
        {} if monitor == "val_accuracy" else {"monitor": monitor}
    )
    with exclusive(checkpoint, "training"):
        past = restore(checkpoint, model, identity_of(model, train, epochs, options | start))
        if not past.history.empty:
            print(f"Resuming after epoch {len(past.history)} of {epochs} ({checkpoint}).")
        state = past
        if not _is_done(past.history, epochs, patience, monitor):
            backup = Backup(checkpoint, past, monitor)
            callbacks = [
                # Keras counts the batches' epochs on before the first one too, and not on resuming.
                keras.callbacks.LambdaCallback(
                    on_epoch_begin=lambda epoch, logs: train.start_at(epoch)
                ),
                Clock(),
                EarlyStopping(past.history, monitor, patience if patience is not None else epochs),
                StopAtDivergence(),
            ]
            # With mixed_float16 Keras wraps the optimizer, and the wrapper knows of no average.
            if uses_average(model.optimizer):
                callbacks.insert(2, Averaged(resumed=not past.history.empty))
            if tensorboard:
                callbacks.append(keras.callbacks.TensorBoard(str(folder / "tensorboard")))
            model.fit(
                train,
                validation_data=val,
                epochs=epochs,
                initial_epoch=len(past.history),
                callbacks=[*callbacks, backup],
                verbose=verbose,
                shuffle=False,  # the batches shuffle themselves, by seed and epoch; Keras would shuffle them again by chance
                **options,
            )
            state = backup.state
        history = state.history.copy()
        history.attrs |= {"monitor": monitor, "computed_on": list(state.computed_on)}
        if not math.isfinite(loss := history["loss"].iloc[-1]):
            raise ArithmeticError(
                f"Expected a finite loss. Received: {loss} in epoch {len(history)} (see {state.folder / 'history.csv'}). "
                "The training has diverged: lower the learning rate."
            )
        model.load_weights(state.best_weights)
    return history


def _check_tensorboard() -> None:
    try:
        importlib.import_module("tensorflow")
    except ImportError as error:
        raise ImportError(
            "Expected TensorFlow, by which Keras writes TensorBoard's log. Received: it is not installed. "
            "Install the package tensorflow, or train without the log.",
            name=error.name,
        ) from error


def _is_done(history: pd.DataFrame, epochs: int, patience: int | None, monitor: str) -> bool:
    """Return whether a training has had all its epochs, or stopped early."""
    if history.empty:
        return False
    if len(history) >= epochs:
        return True
    return patience is not None and len(history) - 1 - int(history[monitor].idxmax()) >= patience
