import subprocess
import sys

import keras
import numpy as np
import pytest

from emotion_lib import artifacts, evaluation, files, paths, training
from emotion_lib.datasets import load
from emotion_lib.datasets.batches import Batches
from emotion_lib.models.sequential_cnn import sequential_cnn


def test_history_and_best_weights(dataset, tmp_path, fit, accuracy):
    model, history = fit(dataset, tmp_path)
    assert history["epoch"].tolist() == [0, 1, 2, 3]
    columns = {"accuracy", "loss", "val_accuracy", "val_loss", "learning_rate", "seconds"}
    assert columns <= set(history.columns)
    assert accuracy(model, dataset) == pytest.approx(history["val_accuracy"].max(), abs=1e-6)
    training.finish(tmp_path)
    assert not [path.name for path in tmp_path.iterdir() if path.name != "data"]


def test_early_stopping(dataset, tmp_path, compiled, fit):
    _, history = fit(dataset, tmp_path, compiled(learning_rate=0.0), epochs=30, patience=3)
    assert len(history) < 30
    assert len(history) - 1 - history["val_accuracy"].idxmax() == 3


def test_a_recorded_run_is_unchanged_until_the_next_is_recorded(dataset, tmp_path, fit):
    (tmp_path / "history.csv").write_text("of the run before")
    fit(dataset, tmp_path, epochs=1)
    training.finish(tmp_path)
    assert (tmp_path / "history.csv").read_text() == "of the run before"


HOLD_LOCK = """
import sys
from emotion_lib import files
with files.exclusive(sys.argv[1], "training"):
    print(1, flush=True)
    input()
"""


def test_only_one_process_trains_in_a_folder(dataset, tmp_path, fit):
    command = [sys.executable, "-c", HOLD_LOCK, str(tmp_path / "checkpoint")]
    pipe = subprocess.PIPE
    other = subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=paths.ROOT)
    try:
        assert other.stdout.readline() == b"1\n"
        with pytest.raises(files.FolderInUseError, match=f"process {other.pid} .*training"):
            fit(dataset, tmp_path)
        training.finish(tmp_path)
        assert (tmp_path / "checkpoint").is_dir()  # the other process's work
    finally:
        other.communicate(b"\n", timeout=30)
    fit(dataset, tmp_path, epochs=1)


def test_several_labels_are_chosen_by_average_precision(tmp_path, fit):
    dataset = load("synthetic", n_train=56, n_val=28, n_test=28, multi_label=True)
    model = sequential_cnn(widths=(4,), activation="sigmoid")
    model.compile("adam", "binary_crossentropy", metrics=[training.average_precision(7)])
    model, history = fit(dataset, tmp_path, model, epochs=3, monitor="val_average_precision")
    assert history.attrs["monitor"] == "val_average_precision"
    result = evaluation.evaluate(model, dataset.val, dataset.class_names)
    interpolated = history["val_average_precision"]
    assert result.mean_average_precision == pytest.approx(interpolated.max(), abs=0.1)
    run = artifacts.save_run(
        "labels",
        model=model,
        dataset=dataset,
        val=result,
        test=result,
        history=history,
        parameters={"SEED": 0},
    )
    assert run.record.training.chosen_by == "highest validation average precision"
    assert run.record.training.chosen_epoch == interpolated.idxmax() + 1


def test_divergence_is_an_error_and_is_not_resumed(dataset, tmp_path, compiled, fit):
    model = compiled()
    head = model.layers[-1]
    head.set_weights([weights * np.nan for weights in head.get_weights()])
    with pytest.raises(ArithmeticError, match=r"in epoch 1 .*learning rate"):
        fit(dataset, tmp_path, model)
    _, history = fit(dataset, tmp_path, compiled(), epochs=1)
    assert len(history) == 1


def test_a_transform_receives_epochs_from_0(dataset, tmp_path, compiled):
    epochs = []

    class Recorder:
        """A transform that notes the epochs and changes nothing."""

        def __call__(self, images, labels, rng, epoch):
            epochs.append(epoch)
            return images, labels

        def __repr__(self):
            return "Recorder()"

    train = Batches(dataset.train, len(dataset.train), shuffle=True, transform=Recorder())
    val = Batches(dataset.val, 256)
    training.fit(compiled(), train, val, tmp_path, epochs=3, verbose=0)
    assert sorted(set(epochs)) == [0, 1, 2]


def test_tensorboard_log(dataset, tmp_path, fit):
    fit(dataset, tmp_path, epochs=1, tensorboard=True)
    assert list((tmp_path / "tensorboard").rglob("events*"))


def test_no_callback_looks_at_single_batches(dataset, tmp_path, compiled, fit):
    """If one did, Keras would hand it the loss of every batch, for which JAX waits."""
    model = compiled()
    original = model.fit
    callbacks = []

    def noting_fit(*arguments, **options):
        callbacks.extend(options["callbacks"])
        return original(*arguments, **options)

    model.fit = noting_fit
    fit(dataset, tmp_path, model, epochs=1)
    assert len(callbacks) > 3
    for callback in callbacks:
        for name in ("on_batch_end", "on_train_batch_end", "on_test_batch_end"):
            method = getattr(callback, name).__func__
            assert method is getattr(keras.callbacks.Callback, name), callback


def test_averaged_weights_are_validated_and_survive_an_interruption(
    dataset, tmp_path, compiled, fit, accuracy, interrupt_before
):
    def averaging():
        model = compiled()
        optimizer = keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.9)
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    interrupt_before(2, dataset, tmp_path / "stopped", averaging())
    resumed, history = fit(dataset, tmp_path / "stopped", averaging())
    straight, expected = fit(dataset, tmp_path / "straight", averaging())
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-3)
    for a, b in zip(resumed.get_weights(), straight.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)
    best = expected["val_accuracy"].max()
    assert accuracy(straight, dataset) == pytest.approx(best, abs=1e-6)
    # Without the average the training ends with other weights.
    plain, _ = fit(dataset, tmp_path / "plain", compiled(1e-2))
    differences = []
    for a, b in zip(plain.get_weights(), straight.get_weights(), strict=True):
        differences.append(np.abs(a - b).max())
    assert max(differences) > 1e-3
