import os
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from emotion_lib import artifacts, evaluation, files, paths, training
from emotion_lib.datasets import load
from emotion_lib.datasets.batches import Batches
from emotion_lib.models.augmentation import Augmentation
from emotion_lib.models.sequential_cnn import sequential_cnn
from emotion_lib.training.identity import identity_of


def compiled(learning_rate=1e-3, widths=(4,)):
    keras.utils.set_random_seed(0)
    # With dropout and augmentation: a resumed training must also go on with *their* random numbers.
    augmentation = Augmentation(rotation=10, seed=1)
    model = sequential_cnn(widths=widths, dropout=0.1, augmentation=augmentation)
    model.compile(
        keras.optimizers.Adam(learning_rate),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def fit(dataset, folder, model=None, epochs=4, **options):
    model = model or compiled()
    train, val = Batches(dataset.train, 16, shuffle=True, seed=0), Batches(dataset.val, 16)
    return model, training.fit(model, train, val, folder, epochs=epochs, verbose=0, **options)


def interrupted(dataset, folder, model, epochs):
    """As ``fit``, but stopped after so many epochs."""
    original = model.fit

    def stopped(*arguments, **options):
        original(*arguments, **{**options, "epochs": epochs})
        raise KeyboardInterrupt

    model.fit = stopped
    with pytest.raises(KeyboardInterrupt):
        fit(dataset, folder, model)


def test_history_and_best_weights(dataset, tmp_path):
    model, history = fit(dataset, tmp_path)
    assert history["epoch"].tolist() == [0, 1, 2, 3]
    assert {"accuracy", "loss", "val_accuracy", "val_loss", "learning_rate", "seconds"} <= set(
        history.columns
    )
    scores = model.predict(dataset.val.images[..., None], verbose=0)
    assert (scores.argmax(1) == dataset.val.labels).mean() == pytest.approx(
        history["val_accuracy"].max(), abs=1e-6
    )
    training.finish(tmp_path)
    assert not [path.name for path in tmp_path.iterdir() if path.name != "data"]


def test_a_training_that_began_elsewhere_is_not_resumed(dataset, tmp_path, capsys):
    fit(dataset, tmp_path, epochs=2, identity="imagenet")
    fit(dataset, tmp_path, epochs=2, identity="scratch")
    assert "starting anew" in capsys.readouterr().out


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_training
from emotion_lib.datasets import load
test_training.fit(load("synthetic", n_train=56, n_val=28, n_test=28), Path({folder!r}), epochs=400)
"""


def test_a_killed_training_resumes_to_the_same_end(dataset, tmp_path):
    """Killed outright, twice, then resumed in another process: the same as if nothing had happened."""
    folder, done = tmp_path / "killed", 0
    script = KILLED.format(tests=os.path.dirname(os.path.dirname(__file__)), folder=str(folder))
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

    # 400 epochs were promised there; the identity of a training holds its length, so the same is asked for here.
    class Enough(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch >= done + 3

    enough = {"callbacks": [Enough()]}
    resumed, history = resume(dataset, folder, **enough)
    straight, expected = resume(dataset, tmp_path / "straight", **enough)
    assert history["epoch"].tolist() == expected["epoch"].tolist() == list(range(done + 4))
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-3)
    np.testing.assert_allclose(
        history["val_accuracy"], expected["val_accuracy"], atol=1 / 28 + 1e-6
    )
    for a, b in zip(resumed.get_weights(), straight.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)


def epochs_kept(folder):
    """How many whole epochs a checkpoint holds."""
    return max(
        (int(state.name.removeprefix("epoch-")) for state in folder.glob("checkpoint/epoch-*")),
        default=0,
    )


@pytest.fixture
def again(dataset):
    """Trains one model for two epochs again and again, each time from the same weights, which saves compiling it."""
    model = compiled()
    model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables]
    values = [keras.ops.convert_to_numpy(variable).copy() for variable in variables]

    def again(folder):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        model.stop_training = False
        return fit(dataset, folder, model, epochs=2)

    return again


def same(trained, expected):
    """Whether two trainings had the same epochs and ended with the same weights."""
    (weights, history), (expected_weights, expected_history) = trained, expected
    assert history["epoch"].tolist() == expected_history["epoch"].tolist()
    np.testing.assert_allclose(history["loss"], expected_history["loss"], rtol=1e-5)
    for a, b in zip(weights, expected_weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def weights_and_history(trained):
    model, history = trained
    return model.get_weights(), history


def test_a_training_killed_at_any_step_of_its_files_loses_nothing(
    again, tmp_path, capsys, killed_at
):
    """No epoch is lost that was whole, none is trained twice, and nothing is left that stops the next call."""
    expected = weights_and_history(again(tmp_path / "straight"))
    killed, kill_at = True, 0
    while killed:
        folder = tmp_path / f"killed-{kill_at}"
        steps = (
            (os, "rename"),
            (os, "replace"),
            (os, "link"),
            (os, "mkdir"),
            (os, "fsync"),
            (np, "savez"),
        )
        killed = killed_at(lambda folder=folder: again(folder), kill_at, *steps)
        done = epochs_kept(folder)
        capsys.readouterr()
        same(weights_and_history(again(folder)), expected)
        assert (f"Resuming after epoch {done} of" in capsys.readouterr().out) == (done > 0)
        assert epochs_kept(folder) == 2 and not list(folder.glob("checkpoint/.epoch-*"))
        kill_at += 2
    assert kill_at > 16


def test_a_damaged_state_is_passed_over_for_the_one_before(again, tmp_path, capsys):
    """Whichever of its files a full disk, a power cut or a user has emptied, cut or deleted."""
    expected = weights_and_history(again(tmp_path / "run"))
    checkpoint = tmp_path / "run" / "checkpoint"
    names = sorted(file.name for file in (checkpoint / "epoch-00002").iterdir())
    assert names == [
        "all.weights.h5",
        "best.weights.h5",
        "computed_on.json",
        "history.csv",
        "random.npz",
    ]
    for name in names:
        for share in (0, 0.5):
            file = checkpoint / "epoch-00002" / name
            content = file.read_bytes()
            file.unlink()  # the state before may share it
            file.write_bytes(content[: int(share * len(content))])
            same(weights_and_history(again(tmp_path / "run")), expected)
            out = capsys.readouterr().out
            assert "epoch-00002 cannot be read" in out and "Resuming after epoch 1" in out, (
                name,
                share,
            )
    for name in names[:2]:
        (checkpoint / f"epoch-0000{1 + names.index(name)}" / name).unlink()
    same(weights_and_history(again(tmp_path / "run")), expected)  # from the beginning
    (checkpoint / "identity").write_bytes(b"\xff")
    same(weights_and_history(again(tmp_path / "run")), expected)
    assert "starting anew" in capsys.readouterr().out


def test_a_recorded_run_stays_as_it_is_until_the_next_is_recorded(dataset, tmp_path):
    (tmp_path / "history.csv").write_text("of the run before")
    fit(dataset, tmp_path, epochs=1)
    training.finish(tmp_path)
    assert (tmp_path / "history.csv").read_text() == "of the run before"


def test_a_folder_is_one_trainings_at_a_time(dataset, tmp_path):
    code = "import sys; from emotion_lib import files\nwith files.exclusive(sys.argv[1], 'training'):\n    print(1, flush=True)"
    code += "\n    input()"
    command = [sys.executable, "-c", code, str(tmp_path / "checkpoint")]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=paths.ROOT)
    try:
        assert other.stdout.readline() == b"1\n"
        with pytest.raises(files.FolderInUseError, match=f"process {other.pid} .*training"):
            fit(dataset, tmp_path)
        training.finish(tmp_path)
        assert (tmp_path / "checkpoint").is_dir()  # the other's work
    finally:
        other.communicate(b"\n", timeout=30)
    fit(dataset, tmp_path, epochs=1)


def resume(dataset, folder, callbacks):
    """As ``fit``, with a callback added to those of the library."""
    model = compiled()
    original = model.fit
    model.fit = lambda *a, **k: original(*a, **{**k, "callbacks": k["callbacks"] + callbacks})
    return fit(dataset, folder, model, epochs=400)


def test_averaged_weights_are_kept_and_survive_an_interruption(dataset, tmp_path):
    def averaging():
        model = compiled()
        optimizer = keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.9)
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    first = averaging()
    original = first.fit
    first.fit = lambda *a, **k: original(*a, **{**k, "callbacks": [*k["callbacks"], Stop()]})
    with pytest.raises(KeyboardInterrupt):
        fit(dataset, tmp_path / "stopped", first)
    resumed, history = fit(dataset, tmp_path / "stopped", averaging())
    straight, expected = fit(dataset, tmp_path / "straight", averaging())
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-3)
    for a, b in zip(resumed.get_weights(), straight.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)
    # What was validated is what is left in the model, and it is not what a training without average ends with.
    scores = straight.predict(dataset.val.images[..., None], verbose=0)
    assert (scores.argmax(1) == dataset.val.labels).mean() == pytest.approx(
        expected["val_accuracy"].max(), abs=1e-6
    )
    plain = compiled(1e-2)
    fit(dataset, tmp_path / "plain", plain)
    assert any(
        np.abs(a - b).max() > 1e-3
        for a, b in zip(plain.get_weights(), straight.get_weights(), strict=True)
    )


@pytest.mark.parametrize("change", ["learning rate", "data", "loss"])
def test_another_training_does_not_resume(dataset, tmp_path, capsys, change):
    interrupted(dataset, tmp_path, compiled(), 2)
    second = compiled(learning_rate=2e-3 if change == "learning rate" else 1e-3)
    if change == "loss":
        second.compile(
            second.optimizer,
            "sparse_categorical_crossentropy",
            metrics=["accuracy"],
            loss_weights=[0.5],
        )
    if change == "data":
        dataset = load("synthetic", n_train=56, n_val=28, n_test=28, seed=9)
    _, history = fit(dataset, tmp_path, second)
    assert "starting anew" in capsys.readouterr().out
    assert history["epoch"].tolist() == [0, 1, 2, 3]


def test_early_stopping(dataset, tmp_path):
    _, history = fit(dataset, tmp_path, compiled(learning_rate=0.0), epochs=30, patience=3)
    assert len(history) < 30
    assert len(history) - 1 - history["val_accuracy"].idxmax() == 3


def test_a_training_may_go_on_elsewhere_and_tells_where_it_was(
    dataset, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("emotion_lib.training.callbacks.device", lambda: "a GPU")
    interrupted(dataset, tmp_path, compiled(), 2)
    monkeypatch.setattr("emotion_lib.training.callbacks.device", lambda: "a CPU")
    model, history = fit(dataset, tmp_path)
    assert "Resuming after epoch 2" in capsys.readouterr().out
    assert [machine["device"] for machine in history.attrs["computed_on"]] == ["a GPU", "a CPU"]
    _, again = fit(dataset, tmp_path)
    assert again.attrs["computed_on"] == history.attrs["computed_on"]

    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "artifacts"))
    artifacts.run_dir("01_test", dataset)
    val, test = (
        evaluation.evaluate(model, split, dataset.class_names)
        for split in (dataset.val, dataset.test)
    )
    run = artifacts.save_run(
        "01_test",
        model=model,
        dataset=dataset,
        val=val,
        test=test,
        history=history,
        parameters={"SEED": 0},
    )
    assert {"backend": run.record.training.backend, "device": run.record.training.device} == {
        "backend": "tensorflow",
        "device": "a GPU and a CPU",
    }
    assert "cores" in run.record.environment.device


def test_how_a_step_is_compiled_does_not_matter_to_a_checkpoint(dataset):
    """What "auto" comes to differs between backends."""
    model, batches = compiled(), Batches(dataset.train, 16)
    identities = set()
    for jit_compile in (False, True):
        model.compile(
            model.optimizer,
            "sparse_categorical_crossentropy",
            metrics=["accuracy"],
            jit_compile=jit_compile,
        )
        identities.add(identity_of(model, batches, 4, {}))
    assert len(identities) == 1


def test_several_labels_are_chosen_by_average_precision(tmp_path, monkeypatch):
    dataset = load("synthetic", n_train=56, n_val=28, n_test=28, multi_label=True)
    model = sequential_cnn(widths=(4,), activation="sigmoid")
    model.compile("adam", "binary_crossentropy", metrics=[training.average_precision(7)])
    model, history = fit(dataset, tmp_path, model, epochs=3, monitor="val_average_precision")
    assert history.attrs["monitor"] == "val_average_precision"
    test = evaluation.evaluate(model, dataset.val, dataset.class_names)
    assert test.mean_average_precision == pytest.approx(
        history["val_average_precision"].max(), abs=0.1
    )  # interpolated
    run = artifacts.save_run(
        "labels", model=model, dataset=dataset, val=test, test=test, history=history, parameters={"SEED": 0}
    )  # fmt: skip
    assert run.record.training.chosen_by == "highest validation average precision"
    assert run.record.training.chosen_epoch == history["val_average_precision"].idxmax() + 1


def test_divergence_is_an_error(dataset, tmp_path):
    with pytest.raises(ArithmeticError, match=r"in epoch 1 .*learning rate"):  # the first of four
        model = compiled()
        model.layers[-1].set_weights([w * np.nan for w in model.layers[-1].get_weights()])
        fit(dataset, tmp_path, model)
    assert len(fit(dataset, tmp_path, compiled(), epochs=1)[1]) == 1  # nothing goes on from there


def test_no_callback_has_the_device_wait_after_every_batch(dataset, tmp_path):
    """Keras hands the loss of every batch to the callbacks, for which JAX waits, if one of them looks at batches."""
    model = compiled()
    original = model.fit
    seen = []
    model.fit = lambda *a, **k: seen.extend(k["callbacks"]) or original(*a, **k)
    fit(dataset, tmp_path, model, epochs=1)
    assert len(seen) > 3
    for callback in seen:
        for name in ("on_batch_end", "on_train_batch_end", "on_test_batch_end"):
            assert getattr(callback, name).__func__ is getattr(keras.callbacks.Callback, name), (
                callback
            )


def test_a_transform_sees_epochs_from_0(dataset, tmp_path):
    seen = []

    class Recorder:
        def __call__(self, images, labels, rng, epoch):
            seen.append(epoch)
            return images, labels

        def __repr__(self):
            return "Recorder()"

    def go(epochs):
        train = Batches(dataset.train, len(dataset.train), shuffle=True, transform=Recorder())
        training.fit(
            compiled(), train, Batches(dataset.val, 256), tmp_path, epochs=epochs, verbose=0
        )

    go(3)
    assert sorted(set(seen)) == [0, 1, 2]


def test_tensorboard_log(dataset, tmp_path):
    fit(dataset, tmp_path, epochs=1, tensorboard=True)
    assert list((tmp_path / "tensorboard").rglob("events*"))


def test_cosine_decay(dataset):
    train = Batches(dataset.train, 8)  # 7 steps an epoch
    schedule = training.cosine_decay(0.1, 5, train)
    rates = [float(schedule(step)) for step in range(36)]
    assert (
        rates[0] == pytest.approx(0.001)
        and max(rates) == pytest.approx(0.1)
        and rates.index(max(rates)) == 7
    )
    assert rates[21] == pytest.approx(0.05, abs=1e-6) and rates[35] == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize(
    "name, value", [("floatx", "float16"), ("image_data_format", "channels_first")]
)
def test_a_configuration_of_keras_for_other_networks_is_refused(
    dataset, tmp_path, monkeypatch, name, value
):
    model = compiled()
    monkeypatch.setattr(keras.config, name, lambda: value)
    for training_of in (
        lambda: fit(dataset, tmp_path, model),
        lambda: training.set_precision("float32"),
    ):
        with pytest.raises(
            ValueError, match=rf"Expected Keras's {name}.*Received: {value}.*keras\.json"
        ):
            training_of()


def test_precision(monkeypatch):
    assert (
        training.set_precision("mixed_bfloat16")
        == keras.config.dtype_policy().name
        == "mixed_bfloat16"
    )
    assert training.set_precision("auto") in ("float32", "mixed_bfloat16")
    with monkeypatch.context() as jax_on_a_cpu:
        jax_on_a_cpu.setattr(keras.backend, "backend", lambda: "jax")
        jax_on_a_cpu.setattr(keras.distribution, "list_devices", lambda: ["cpu:0"])
        assert training.set_precision("auto") == "float32"
        jax_on_a_cpu.setattr(keras.distribution, "list_devices", lambda: ["gpu:0"])
        assert training.set_precision("auto") == "mixed_bfloat16"
    assert training.set_precision("float32") == keras.config.dtype_policy().name == "float32"


def test_epochs_that_fit_into_a_time(dataset, tmp_path):
    model, train = compiled(), Batches(dataset.train, 16)
    before = [w.copy() for w in model.get_weights()]
    epochs = training.affordable_epochs(model, train, 60.0, tmp_path, steps=4)
    assert epochs >= 2 and all(
        (a == b).all() for a, b in zip(before, model.get_weights(), strict=True)
    )
    kept = tmp_path / "epochs.json"
    kept.write_text(kept.read_text().replace(f'"epochs": {epochs}', '"epochs": 77'))
    assert (
        training.affordable_epochs(model, train, 60.0, tmp_path) == 77
    )  # what was begun is gone on with
    assert training.affordable_epochs(model, train, 1e-6, tmp_path, steps=1) == 1


def test_muon_gives_every_direction_of_a_kernel_its_share():
    layers = [keras.layers.Conv2D(16, 3), keras.layers.Flatten(), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((8, 8, 3)), *layers])
    before = [np.array(weights) for weights in model.get_weights()]
    optimizer = training.Muon(
        0.1, rms_rate=None, weight_decay=None, adam_weight_decay=None, adam_lr_ratio=1 / 30
    )
    optimizer.build(model.trainable_variables)
    rng = np.random.default_rng(0)
    # Gradients whose directions differ a hundredfold in strength.
    gradients = [
        np.asarray(rng.normal(size=w.shape) * np.logspace(-2, 0, w.shape[-1]), np.float32)
        for w in before
    ]
    optimizer.apply([keras.ops.convert_to_tensor(gradient) for gradient in gradients])
    kernel, *others = (after - w for w, after in zip(before, model.get_weights(), strict=True))
    steps = np.linalg.svd(kernel.reshape(-1, 16), compute_uv=False) / 0.1
    assert steps.max() < 1.3 and steps.min() > 0.5, steps
    for step in others:  # AdamW's first step has one size for all
        assert np.median(np.abs(step)) == pytest.approx(0.1 / 30, rel=0.01)
