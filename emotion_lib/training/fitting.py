"""Training of a compiled model: validated, saved and logged epoch by epoch."""

import importlib
import math
from pathlib import Path

import keras
import pandas as pd

from ..datasets.batches import Batches
from ..files import exclusive
from ..models.keras_internals import uses_average
from .callbacks import AveragedWeights, Backup, Clock, EarlyStopping, StopAtDivergence
from .checkpoint import State, restore
from .identity import identity_of
from .precision import check_configuration


def average_precision(num_classes: int) -> keras.metrics.Metric:
    """Return the mean average precision of a multi-label task, for ``compile(metrics=...)``.

    It is the metric to choose a checkpoint by, as a network that predicts no label at all has a
    high share of correct decisions. It is interpolated at 200 thresholds;
    :attr:`emotion_lib.evaluation.Evaluation.mean_average_precision` is exact.

    Args:
        num_classes: number of labels.
    """
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

    A training that was killed resumes from its last whole epoch when ``fit`` is called again with
    the same model, optimizer, batches and folder; if any of these changed, it starts from the
    first epoch and says so. Until :func:`.checkpoint.finish` is called everything is in
    ``folder/checkpoint``, so that a recorded run in the folder stays unchanged.

    Args:
        model: compiled with the metric "accuracy", or with that of ``monitor``. If its optimizer
            averages the weights (``use_ema=True``), the average is validated and saved.
        train: training batches.
        val: validation batches.
        folder: for the checkpoint and (optionally) TensorBoard's log.
        epochs: maximum number of epochs.
        patience: stop after this number of epochs without a better value of ``monitor``; None never
            stops early.
        tensorboard: also write ``folder/tensorboard`` (needs TensorFlow, on any backend).
        verbose: as in ``keras.Model.fit``.
        monitor: validation metric, the higher the better, that the checkpoint is chosen by, such as
            "val_average_precision" of :func:`average_precision`.
        identity: of the initial weights, if they are not random: a training from other initial
            weights is not resumed.
        options: further arguments of ``keras.Model.fit``, such as ``class_weight``.

    Returns:
        The history, one row per epoch: epoch (from 0), accuracy, loss, val_accuracy, val_loss,
        learning_rate, seconds. ``attrs["monitor"]`` is the metric that chose the best epoch;
        ``attrs["computed_on"]`` are backend and device of the training, several if it was resumed
        on another machine.

    Raises:
        ArithmeticError: the loss became NaN or infinite. The training cannot be resumed: the next
            call starts from the first epoch.
        ValueError: Keras is configured for other networks, see
            :func:`.precision.check_configuration`.
        FolderInUseError: another process trains in this folder.
        OSError: the folder cannot be written.
        ImportError: TensorBoard's log is asked for and TensorFlow is not installed.

    Example:
        >>> train = Batches(dataset.train, 64, shuffle=True, seed=0)  # doctest: +SKIP
        >>> val = Batches(dataset.val, 64)  # doctest: +SKIP
        >>> history = fit(model, train, val, folder, epochs=24, patience=8)  # doctest: +SKIP
    """
    check_configuration()
    if tensorboard:
        _check_tensorboard()
    checkpoint = folder / "checkpoint"
    settings = dict(options)
    if identity:
        settings["start"] = identity
    if monitor != "val_accuracy":
        settings["monitor"] = monitor
    with exclusive(checkpoint, "training"):
        state = restore(checkpoint, model, identity_of(model, train, epochs, settings))
        if not state.history.empty:
            print(f"Resuming after epoch {len(state.history)} of {epochs} ({checkpoint}).")
        if not _is_done(state.history, epochs, patience, monitor):
            backup = Backup(checkpoint, state, monitor)
            callbacks = _callbacks(
                model, train, state, monitor, epochs if patience is None else patience
            )
            if tensorboard:
                callbacks.append(keras.callbacks.TensorBoard(str(folder / "tensorboard")))
            model.fit(
                train,
                validation_data=val,
                epochs=epochs,
                initial_epoch=len(state.history),
                callbacks=[*callbacks, backup],
                verbose=verbose,
                # The batches shuffle themselves, by seed and epoch; Keras would shuffle them again.
                shuffle=False,
                **options,
            )
            state = backup.state
        history = state.history.copy()
        history.attrs |= {"monitor": monitor, "computed_on": list(state.computed_on)}
        loss = history["loss"].iloc[-1]
        if not math.isfinite(loss):
            raise ArithmeticError(
                f"Expected a finite loss. Received: {loss} in epoch {len(history)} (see "
                f"{state.folder / 'history.csv'}). The training has diverged: lower the learning "
                "rate."
            )
        model.load_weights(state.best_weights)
    return history


def _callbacks(
    model: keras.Model, train: Batches, state: State, monitor: str, patience: int
) -> list[keras.callbacks.Callback]:
    # Keras advances the batches' epoch before the first epoch too, and not on resuming.
    set_epoch = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: train.start_at(epoch)
    )
    callbacks = [set_epoch, Clock()]
    if uses_average(model.optimizer):
        callbacks.append(AveragedWeights(resumed=not state.history.empty))
    callbacks.append(EarlyStopping(state.history, monitor, patience))
    callbacks.append(StopAtDivergence())
    return callbacks


def _check_tensorboard() -> None:
    try:
        importlib.import_module("tensorflow")
    except ImportError as error:
        raise ImportError(
            "Expected TensorFlow, with which Keras writes TensorBoard's log. Received: it is not "
            "installed. Install the package tensorflow, or train without the log.",
            name=error.name,
        ) from error


def _is_done(history: pd.DataFrame, epochs: int, patience: int | None, monitor: str) -> bool:
    """Return whether a training has had all its epochs, or stopped early."""
    if history.empty:
        return False
    if len(history) >= epochs:
        return True
    if patience is None:
        return False
    epochs_without_gain = len(history) - 1 - int(history[monitor].idxmax())
    return epochs_without_gain >= patience
