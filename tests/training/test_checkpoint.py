"""Checkpoints: nothing is lost by an interruption, a kill or a damaged file."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from emotion_lib import artifacts, evaluation
from emotion_lib.datasets import load


def epochs_kept(folder):
    """Return the number of whole epochs that a checkpoint holds."""
    states = folder.glob("checkpoint/epoch-*")
    return max((int(state.name.removeprefix("epoch-")) for state in states), default=0)


TRAIN = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import conftest
from emotion_lib.datasets import load
dataset = load("synthetic", n_train=56, n_val=28, n_test=28)
conftest.fit_model(dataset, Path({folder!r}), epochs=400)
"""


class StopAfter(keras.callbacks.Callback):
    """Ends a training after a certain epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch >= self.epoch


def test_a_killed_training_resumes_to_the_same_end(dataset, tmp_path, compiled, fit, with_callback):
    """Killed twice at any moment, then resumed in another process."""
    folder = tmp_path / "killed"
    script = TRAIN.format(tests=str(Path(__file__).parent), folder=str(folder))
    done = 0
    for pause in np.random.default_rng(0).uniform(0, 0.3, 2):
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 120
        while epochs_kept(folder) < done + 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert epochs_kept(folder) >= done + 3
        done = epochs_kept(folder)

    # The identity of a training holds its number of epochs: 400, of which a few are enough here.
    results = []
    for place in (folder, tmp_path / "straight"):
        model = with_callback(compiled(), StopAfter(done + 3))
        results.append(fit(dataset, place, model, epochs=400))
    (resumed, history), (straight, expected) = results
    assert history["epoch"].tolist() == expected["epoch"].tolist() == list(range(done + 4))
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-3)
    one_image = 1 / 28 + 1e-6
    np.testing.assert_allclose(history["val_accuracy"], expected["val_accuracy"], atol=one_image)
    for a, b in zip(resumed.get_weights(), straight.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)


@pytest.fixture
def train_again(dataset, compiled, fit):
    """Return a function that trains the same model from the same weights, compiled only once."""
    model = compiled()
    model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables]
    values = [keras.ops.convert_to_numpy(variable).copy() for variable in variables]

    def train(folder):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        model.stop_training = False
        _, history = fit(dataset, folder, model, epochs=2)
        return model.get_weights(), history

    return train


def assert_same(trained, expected):
    """Assert that two trainings had the same epochs and ended with the same weights."""
    weights, history = trained
    expected_weights, expected_history = expected
    assert history["epoch"].tolist() == expected_history["epoch"].tolist()
    np.testing.assert_allclose(history["loss"], expected_history["loss"], rtol=1e-5)
    for a, b in zip(weights, expected_weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_a_kill_at_any_file_operation_loses_nothing(train_again, tmp_path, capsys, killed_at):
    """No whole epoch is lost or trained twice, and nothing is left that stops the next call."""
    expected = train_again(tmp_path / "straight")
    operations = (
        (os, "rename"),
        (os, "replace"),
        (os, "link"),
        (os, "mkdir"),
        (os, "fsync"),
        (np, "savez"),
    )
    was_killed = True
    kill_at = 0
    while was_killed:
        folder = tmp_path / f"killed-{kill_at}"
        was_killed = killed_at(lambda folder=folder: train_again(folder), kill_at, *operations)
        done = epochs_kept(folder)
        capsys.readouterr()
        assert_same(train_again(folder), expected)
        assert (f"Resuming after epoch {done} of" in capsys.readouterr().out) == (done > 0)
        assert epochs_kept(folder) == 2
        assert not list(folder.glob("checkpoint/.epoch-*"))
        kill_at += 2
    assert kill_at > 16


FILES_OF_A_STATE = [
    "all.weights.h5",
    "best.weights.h5",
    "computed_on.json",
    "history.csv",
    "random.npz",
]


def test_a_damaged_state_is_replaced_by_the_one_before(train_again, tmp_path, capsys):
    """Any of its files may have been emptied or cut by a full disk, a power cut or a user."""
    run = tmp_path / "run"
    expected = train_again(run)
    newest = run / "checkpoint" / "epoch-00002"
    assert sorted(file.name for file in newest.iterdir()) == FILES_OF_A_STATE
    for name in FILES_OF_A_STATE:
        for share in (0, 0.5):
            content = (newest / name).read_bytes()
            (newest / name).unlink()  # the state before may share the file
            (newest / name).write_bytes(content[: int(share * len(content))])
            assert_same(train_again(run), expected)
            output = capsys.readouterr().out
            assert "epoch-00002 cannot be read" in output, (name, share)
            assert "Resuming after epoch 1" in output, (name, share)


def test_a_training_without_a_readable_state_starts_anew(train_again, tmp_path, capsys):
    run = tmp_path / "run"
    expected = train_again(run)
    (run / "checkpoint" / "epoch-00001" / "all.weights.h5").unlink()
    (run / "checkpoint" / "epoch-00002" / "best.weights.h5").unlink()
    assert_same(train_again(run), expected)
    (run / "checkpoint" / "identity").write_bytes(b"\xff")
    assert_same(train_again(run), expected)
    assert "starting from the first epoch" in capsys.readouterr().out


@pytest.mark.parametrize("change", ["learning rate", "data", "loss"])
def test_another_training_is_not_resumed(
    dataset, tmp_path, capsys, compiled, fit, interrupt_before, change
):
    interrupt_before(1, dataset, tmp_path, compiled())
    model = compiled(learning_rate=2e-3 if change == "learning rate" else 1e-3)
    if change == "loss":
        loss = "sparse_categorical_crossentropy"
        model.compile(model.optimizer, loss, metrics=["accuracy"], loss_weights=[0.5])
    if change == "data":
        dataset = load("synthetic", n_train=56, n_val=28, n_test=28, seed=9)
    _, history = fit(dataset, tmp_path, model)
    assert "starting from the first epoch" in capsys.readouterr().out
    assert history["epoch"].tolist() == [0, 1, 2, 3]


def test_a_training_from_other_initial_weights_is_not_resumed(dataset, tmp_path, capsys, fit):
    fit(dataset, tmp_path, epochs=1, identity="imagenet")
    fit(dataset, tmp_path, epochs=1, identity="scratch")
    assert "starting from the first epoch" in capsys.readouterr().out


def test_a_training_may_continue_on_another_machine_and_is_recorded_so(
    dataset, tmp_path, monkeypatch, capsys, compiled, fit, interrupt_before
):
    monkeypatch.setattr("emotion_lib.training.callbacks.device", lambda: "a GPU")
    interrupt_before(2, dataset, tmp_path, compiled())
    monkeypatch.setattr("emotion_lib.training.callbacks.device", lambda: "a CPU")
    model, history = fit(dataset, tmp_path)
    assert "Resuming after epoch 2" in capsys.readouterr().out
    devices = [machine["device"] for machine in history.attrs["computed_on"]]
    assert devices == ["a GPU", "a CPU"]
    _, repeated = fit(dataset, tmp_path)
    assert repeated.attrs["computed_on"] == history.attrs["computed_on"]

    run = artifacts.save_run(
        "01_test",
        model=model,
        dataset=dataset,
        val=evaluation.evaluate(model, dataset.val, dataset.class_names),
        test=evaluation.evaluate(model, dataset.test, dataset.class_names),
        history=history,
        parameters={"SEED": 0},
    )
    assert run.record.training.backend == "tensorflow"
    assert run.record.training.device == "a GPU and a CPU"
    assert "cores" in run.record.environment.device
