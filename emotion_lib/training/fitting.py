"""The training itself: validated, kept and logged epoch by epoch."""

import json
import math
from pathlib import Path

import keras
import pandas as pd

from ..batches import Batches
from ..provenance import device
from .callbacks import Averaged, Clock, EarlyStopping, RandomState
from .checkpoint import identity_of, resumable


def average_precision(num_classes: int) -> keras.metrics.Metric:
    """Mean average precision of a multi-label task, for ``compile(metrics=...)``: what to choose its checkpoint by, as a
    network that predicts nothing has a high share of right decisions. Interpolated at 200 thresholds;
    :attr:`emotion_lib.evaluation.Evaluation.mean_average_precision` is exact."""
    return keras.metrics.AUC(curve="PR", multi_label=True, num_labels=num_classes, name="average_precision")


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

    A training that was killed goes on from its last whole epoch when ``fit`` is called again with the same model,
    optimizer, batches and folder; if any of these changed, it starts anew and says so.

    Args:
        model: compiled with the metric "accuracy", or with that of ``monitor``. If its optimizer averages the weights
            (``use_ema=True``), the average is what is validated and kept.
        train, val: batches.
        folder: where ``history.csv``, the checkpoint and (optionally) TensorBoard's log go.
        epochs: at most so many.
        patience: stop after so many epochs without a better value of ``monitor``; None never stops early.
        tensorboard: also write ``folder/tensorboard`` (needs the package tensorboard).
        verbose: as in ``keras.Model.fit``.
        monitor: the metric on validation, the higher the better, that the checkpoint is chosen by, such as
            "val_average_precision" of :func:`average_precision`.
        identity: where the weights began, if not at random: a training that began elsewhere is not resumed.
        options: further arguments of ``keras.Model.fit``, such as ``class_weight``.

    Returns:
        The history, one row an epoch, as in ``history.csv``: epoch (from 0), accuracy, loss, val_accuracy, val_loss,
        learning_rate, seconds; ``attrs["monitor"]`` says what the best epoch was chosen by, ``attrs["computed_on"]`` with
        which backend and on which device, several where it was resumed on another.

    Raises:
        ArithmeticError: the loss became NaN or infinite. What was learnt before is not gone on from: a call that follows
            starts anew.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, history_file = folder / "checkpoint", folder / "history.csv"
    start = ({"start": identity} if identity else {}) | ({} if monitor == "val_accuracy" else {"monitor": monitor})
    past = resumable(checkpoint, history_file, identity_of(model, train, epochs, options | start))
    best_weights = checkpoint / "best.weights.h5"
    callbacks = [
        # Keras counts the batches' epochs on before the first one too, and not on resuming.
        keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: train.start_at(epoch)),
        Clock(),
        # With mixed_float16 Keras wraps the optimizer, and the wrapper knows of no average.
        *([Averaged(bool(len(past)))] if getattr(model.optimizer, "inner_optimizer", model.optimizer).use_ema else []),
        keras.callbacks.CSVLogger(str(history_file), append=True),
        keras.callbacks.ModelCheckpoint(
            str(best_weights),
            monitor=monitor,
            mode="max",
            save_best_only=True,
            save_weights_only=True,
            initial_value_threshold=None if past.empty else float(past[monitor].max()),
        ),
        EarlyStopping(past, monitor, patience if patience is not None else epochs),
        keras.callbacks.TerminateOnNaN(),
    ]
    if tensorboard:
        callbacks.append(keras.callbacks.TensorBoard(str(folder / "tensorboard")))
    callbacks.append(RandomState(checkpoint, resumed_at=len(past)))
    # Last, so that an epoch counts as done only when all else about it has been written.
    callbacks.append(
        keras.callbacks.BackupAndRestore(str(checkpoint / "last"), double_checkpoint=True, delete_checkpoint=False)
    )
    if not past.empty:
        print(f"Resuming after epoch {len(past)} of {epochs} ({checkpoint}).")
    stopped_early = patience is not None and not past.empty and len(past) - 1 - int(past[monitor].idxmax()) >= patience
    if len(past) < epochs and not stopped_early:
        _remember_machine(checkpoint)
        # shuffle=False: the batches shuffle themselves, by seed and epoch; Keras would shuffle them again by chance.
        model.fit(train, validation_data=val, epochs=epochs, callbacks=callbacks, verbose=verbose, shuffle=False, **options)
    history = pd.read_csv(history_file)
    history.attrs |= {"monitor": monitor, "computed_on": _machines(checkpoint)}
    last = history.iloc[-1]
    if not math.isfinite(last["loss"]):
        raise ArithmeticError(
            f"Expected a finite loss. Received: {last['loss']} in epoch {len(history)} (see {history_file}). "
            "The training has diverged: lower the learning rate."
        )
    model.load_weights(best_weights)
    return history


def _machines(checkpoint: Path) -> list[dict[str, str]]:
    """What computed the epochs so far: an exported checkpoint may be finished where there is no GPU."""
    file = checkpoint / "computed_on.json"
    return json.loads(file.read_text()) if file.exists() else []


def _remember_machine(checkpoint: Path) -> None:
    known, this = _machines(checkpoint), {"backend": keras.backend.backend(), "device": device()}
    if this not in known:
        (checkpoint / "computed_on.json").write_text(json.dumps([*known, this]))
