"""Training that keeps what it has done: checkpoints on validation, early stopping, logs, and resuming after a kill."""

import hashlib
import json
import math
import shutil
import time
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from tqdm import tqdm

from .batches import Batches
from .datasets import Split


def set_precision(precision: str = "auto") -> str:
    """Set Keras's global dtype policy; call it before building a model.

    Any GPU counts as computing in bfloat16, as NVIDIA's do from Ampere on; on an older one ask for "mixed_float16".

    Args:
        precision: a Keras policy such as "float32" or "mixed_bfloat16", or "auto": mixed_bfloat16 where the processor
            or GPU computes in it, float32 elsewhere (an emulated bfloat16 is slower than float32).

    Returns:
        The policy's name.
    """
    if precision == "auto":
        precision = "mixed_bfloat16" if _has_bfloat16() else "float32"
    keras.config.set_dtype_policy(precision)
    return precision


def _has_bfloat16() -> bool:
    if any("gpu" in device.lower() or "cuda" in device.lower() for device in keras.distribution.list_devices()):
        return True
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:  # not Linux
        return False


def average_precision(num_classes: int) -> keras.metrics.Metric:
    """Mean average precision of a multi-label task, for ``compile(metrics=...)``: what to choose its checkpoint by, as a
    network that predicts nothing has a high share of right decisions. Interpolated at 200 thresholds;
    :attr:`emotion_lib.evaluation.Evaluation.mean_average_precision` is exact."""
    return keras.metrics.AUC(curve="PR", multi_label=True, num_labels=num_classes, name="average_precision")


def cosine_decay(learning_rate: float, epochs: int, train: Batches, warmup_epochs: float = 1.0):
    """Learning rate that rises linearly over ``warmup_epochs`` and falls to zero by a half cosine
    (Loshchilov & Hutter, "SGDR", 2017), as a Keras schedule."""
    warmup = min(round(warmup_epochs * len(train)), epochs * len(train) - 1)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=learning_rate / 100 if warmup else learning_rate,
        decay_steps=max(1, epochs * len(train) - warmup),
        warmup_target=learning_rate if warmup else None,
        warmup_steps=warmup,
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
        learning_rate, seconds; ``attrs["monitor"]`` says what the best epoch was chosen by.

    Raises:
        ArithmeticError: the loss became NaN or infinite. What was learnt before is not gone on from: a call that follows
            starts anew.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, history_file = folder / "checkpoint", folder / "history.csv"
    start = ({"start": identity} if identity else {}) | ({} if monitor == "val_accuracy" else {"monitor": monitor})
    past = _resumable(checkpoint, history_file, _identity(model, train, epochs, options | start))
    best_weights = checkpoint / "best.weights.h5"
    callbacks = [
        # Keras counts the batches' epochs on before the first one too, and not on resuming.
        keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: train.start_at(epoch)),
        _Clock(),
        # With mixed_float16 Keras wraps the optimizer, and the wrapper knows of no average.
        *([_Averaged(bool(len(past)))] if getattr(model.optimizer, "inner_optimizer", model.optimizer).use_ema else []),
        keras.callbacks.CSVLogger(str(history_file), append=True),
        keras.callbacks.ModelCheckpoint(
            str(best_weights),
            monitor=monitor,
            mode="max",
            save_best_only=True,
            save_weights_only=True,
            initial_value_threshold=None if past.empty else float(past[monitor].max()),
        ),
        _EarlyStopping(past, monitor, patience if patience is not None else epochs),
        keras.callbacks.TerminateOnNaN(),
    ]
    if tensorboard:
        callbacks.append(keras.callbacks.TensorBoard(str(folder / "tensorboard")))
    callbacks.append(_RandomState(checkpoint, resumed_at=len(past)))
    # Last, so that an epoch counts as done only when all else about it has been written.
    callbacks.append(
        keras.callbacks.BackupAndRestore(str(checkpoint / "last"), double_checkpoint=True, delete_checkpoint=False)
    )
    if not past.empty:
        print(f"Resuming after epoch {len(past)} of {epochs} ({checkpoint}).")
    stopped_early = patience is not None and not past.empty and len(past) - 1 - int(past[monitor].idxmax()) >= patience
    if len(past) < epochs and not stopped_early:
        # shuffle=False: the batches shuffle themselves, by seed and epoch; Keras would shuffle them again by chance.
        model.fit(train, validation_data=val, epochs=epochs, callbacks=callbacks, verbose=verbose, shuffle=False, **options)
    history = pd.read_csv(history_file)
    history.attrs["monitor"] = monitor
    last = history.iloc[-1]
    if not math.isfinite(last["loss"]):
        raise ArithmeticError(
            f"Expected a finite loss. Received: {last['loss']} in epoch {len(history)} (see {history_file}). "
            "The training has diverged: lower the learning rate."
        )
    model.load_weights(best_weights)
    return history


def affordable_epochs(model: keras.Model, train: Batches, seconds: float, folder: Path, steps: int = 20) -> int:
    """How many epochs fit into a time, by timing some steps of a copy of the model.

    What was found is kept in the folder, so that a resumed training has as many epochs as it began with.

    Args:
        model: any built model.
        train: what it will be trained on.
        seconds: for all epochs together; a tenth of it is left to validation.
        folder: of the training.
        steps: to time, after two that compile.

    Returns:
        At least 1.
    """
    file = folder / "epochs.json"
    configuration = json.dumps([{**layer.get_config(), "name": None} for layer in model._flatten_layers()], default=str)
    plan = {
        "seconds": seconds,
        "images": len(train.split),
        "batch_size": train.batch_size,
        "model": hashlib.sha256(configuration.encode()).hexdigest()[:16],
    }
    if file.exists() and (kept := json.loads(file.read_text()))["plan"] == plan:
        return kept["epochs"]
    trial = keras.models.clone_model(model)
    trial.compile(loss="categorical_crossentropy" if train.split.labels.ndim == 2 else "sparse_categorical_crossentropy")
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
    file.write_text(json.dumps({"plan": plan, "epochs": epochs}))
    return epochs


def cached_features(features: keras.Model, split: Split, file: Path, batch_size: int = 256) -> Split:
    """What a frozen network makes of every image, computed once: training a head on it gives the same as on the images.

    Args:
        features: raw pixels -> ``(batch, n_features)``, such as the first of
            :func:`emotion_lib.models.transfer.split_at_features`. Its augmentation is inert here.
        split: the images.
        file: ``.npy`` to keep them in, so that nothing is computed again after an interruption. A file made by another
            network or of other images is made anew.

    Returns:
        The split with float32 features ``(n, n_features)``, memory-mapped, in the place of the images.
    """
    batches = Batches(split, batch_size)
    file.parent.mkdir(parents=True, exist_ok=True)
    identity_file = file.with_suffix(".identity")
    configurations = [{**layer.get_config(), "name": None} for layer in features._flatten_layers()]
    digest = hashlib.sha256((_content(split) + json.dumps(configurations, default=str)).encode())
    for weights in features.get_weights():
        digest.update(np.ascontiguousarray(weights))
    identity = digest.hexdigest()
    if not (file.exists() and identity_file.exists() and identity_file.read_text() == identity):
        identity_file.unlink(missing_ok=True)
        array = np.lib.format.open_memmap(file, "w+", np.float32, (len(split), features.output_shape[-1]))
        for index in tqdm(range(len(batches)), desc=f"features of {len(split)} images"):
            array[index * batch_size : (index + 1) * batch_size] = features.predict_on_batch(batches[index][0])
        array.flush()
        identity_file.write_text(identity)  # last: without it the file counts as unfinished
    return replace(split, images=np.load(file, mmap_mode="r"))


def finish(folder: Path, *parts: str) -> None:
    """Delete what a finished training needs no more, in its folder and in the ``parts`` of it that were trained apart:
    checkpoints, cached features and the plan of epochs. The best weights are in the exported model."""
    for part in (folder, *(folder / name for name in parts)):
        (part / "epochs.json").unlink(missing_ok=True)
        for leftover in ("checkpoint", "cached_features"):
            shutil.rmtree(part / leftover, ignore_errors=True)


def _identity(model: keras.Model, train: Batches, epochs: int, options: dict) -> str:
    """Changes whenever a checkpoint would no longer belong to this training. Names of layers do not matter."""
    layers = [(type(layer).__name__, {**layer.get_config(), "name": None}) for layer in model._flatten_layers()]
    parts = [
        [(kind, config) for kind, config in layers if kind not in ("Sequential", "Functional")],
        {**model.optimizer.get_config(), "name": None},
        {**model.get_compile_config(), "optimizer": None},
        [
            len(train.split),
            train.batch_size,
            train.seed,
            epochs,
            _content(train.split),
            *([train.transform] if train.transform else []),
        ],
        options,
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _content(split) -> str:
    """Digest of a split's labels and of a hundred of its images, which costs no time and still tells splits apart."""
    digest = hashlib.sha256(np.asarray(split.labels).tobytes())
    digest.update(np.ascontiguousarray(split.images[:: max(1, len(split) // 100)]).tobytes())
    return digest.hexdigest()


def _resumable(checkpoint: Path, history_file: Path, identity: str) -> pd.DataFrame:
    """History of the whole epochs behind the checkpoint (empty: start anew); mends what a kill left between files."""
    identity_file, metadata_file = checkpoint / "identity", checkpoint / "last" / "training_metadata.json"
    if checkpoint.exists():
        same = identity_file.exists() and identity_file.read_text() == identity
        if same and metadata_file.exists() and history_file.exists():
            past = pd.read_csv(history_file)
            done = json.loads(metadata_file.read_text())["epoch"]
            past, diverged = past.iloc[:done], not np.isfinite(past["loss"]).all()
            if len(past) == done and not diverged:
                past.to_csv(history_file, index=False)
                return past
        if not same:
            print(f"The checkpoint in {checkpoint} is of another model or other settings: starting anew.")
        shutil.rmtree(checkpoint)
    history_file.unlink(missing_ok=True)
    checkpoint.mkdir(parents=True)
    identity_file.write_text(identity)
    return pd.DataFrame()


class _Averaged(keras.callbacks.SwapEMAWeights):
    """Validates and keeps the moving average of the weights, where the optimizer has one (``use_ema=True``; Polyak &
    Juditsky, 1992). A checkpoint holds them swapped: the model the average, the optimizer what training goes on from."""

    def __init__(self, resumed: bool):
        super().__init__(swap_on_epoch=True)
        self._resumed = resumed

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self._ema_weights_in_model = self._resumed


class _Clock(keras.callbacks.Callback):
    """Adds seconds and learning rate to the logs of an epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        logs["seconds"] = time.perf_counter() - self._start
        logs["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))


class _RandomState(keras.callbacks.Callback):
    """Keeps where dropout and augmentation stand in their random numbers, which Keras's weight files leave out."""

    def __init__(self, checkpoint: Path, resumed_at: int):
        super().__init__()
        self._checkpoint, self._resumed_at = checkpoint, resumed_at

    def _variables(self):
        return [v for v in self.model.variables if v.name == "seed_generator_state"]

    def on_train_begin(self, logs=None):
        file = self._checkpoint / f"random-{self._resumed_at}.npz"
        if self._resumed_at and file.exists():
            with np.load(file) as states:
                for variable, name in zip(self._variables(), states.files, strict=True):
                    variable.assign(states[name])

    def on_epoch_end(self, epoch, logs=None):
        # One file an epoch: whichever epoch the backup turns out to hold, its state is there.
        states = [keras.ops.convert_to_numpy(variable) for variable in self._variables()]
        np.savez(self._checkpoint / f"random-{epoch + 1}.npz", *states)
        (self._checkpoint / f"random-{epoch - 1}.npz").unlink(missing_ok=True)


class _EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras's own, which on resuming first counts the epochs of the past."""

    def __init__(self, past: pd.DataFrame, monitor: str, patience: int):
        super().__init__(monitor=monitor, mode="max", patience=patience)
        self._past = past

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        for epoch, row in self._past.iterrows():
            self.on_epoch_end(epoch, row.to_dict())
