"""The lab on JAX, in a process that cannot import TensorFlow: what it computes, and how often it compiles."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from emotion_lib import artifacts
from emotion_lib.datasets import load
from emotion_lib.paths import ROOT

# Python runs a module of this name at its start, in the kernels of notebooks too.
HIDDEN = """
import sys


class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("tensorflow", "tf_keras", "ai_edge_litert"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Hidden())
"""
SIZES = {"n_train": 66, "n_val": 42, "n_test": 35}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Variables of a process with JAX on two devices of one processor, and without TensorFlow."""
    folder = tmp_path_factory.mktemp("without_tensorflow")
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(HIDDEN)
    return os.environ | {
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        # Level 0: networks of this size take longer to compile than to train.
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2 --xla_backend_optimization_level=0",
        "PYTHONPATH": os.pathsep.join([str(folder / "site"), str(ROOT)]),
        "DATA_DIR": str(folder / "data"),
        "ARTIFACTS_DIR": str(folder / "artifacts"),
    }


@pytest.fixture(scope="module")
def results(environment):
    """What :func:`lab` found, in such a process."""
    folder = Path(environment["ARTIFACTS_DIR"])
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "results.json").read_text()) | {
        "folder": folder,
        "output": done.stdout,
    }


def test_every_module_can_be_imported(results):
    assert results["modules"] > 60
    assert results["backend"] == "jax"


def test_a_training_compiles_one_step_for_training_and_one_for_validation(results):
    for name in ("01", "03"):
        assert results["compilations"][name] == {"train_step": 1, "test_step": 1}


def test_the_recipe_compiles_one_step_per_size_of_picture(results):
    assert results["compilations"]["13"] == {"train_step": 2, "test_step": 2}


@pytest.mark.parametrize(
    "what", ["evaluations", "cached features", "penultimate features", "teaching"]
)
def test_inference_compiles_once(results, what):
    """42 images in batches of 16; two splits, two views."""
    assert results["compilations"][what] == {"predict_step": 1}


def test_two_devices_train_as_one_does(results):
    one, two = results["histories"]["01"], results["histories"]["01 on two devices"]
    assert results["devices"] == ["cpu:0", "cpu:1"]
    assert results["devices of a weight"] == {"01": 1, "03": 1, "01 on two devices": 2}
    assert "Training on 2 devices: cpu:0, cpu:1." in results["output"]
    np.testing.assert_allclose(two["loss"], one["loss"], rtol=1e-4)
    np.testing.assert_allclose(two["val_loss"], one["val_loss"], rtol=1e-4)
    np.testing.assert_allclose(
        two["val_accuracy"], one["val_accuracy"], atol=1 / SIZES["n_val"] + 1e-6
    )


def test_two_devices_validate_a_split_that_they_cannot_share(results):
    assert results["41 images on two devices"] == pytest.approx(
        results["41 images on one device"], rel=1e-4
    )


@pytest.mark.parametrize("name", ["01", "13"])
def test_tensorflow_gives_the_same_answers_from_the_exported_file(results, name):
    model, class_names = artifacts.load_model(results["folder"] / f"{name}.keras")
    assert keras.backend.backend() == "tensorflow"
    images = load("synthetic", **SIZES).val.images[..., None]
    expected = np.load(results["folder"] / f"{name}.npy")
    assert class_names == tuple(results["class_names"])
    np.testing.assert_allclose(np.asarray(model.predict_on_batch(images)), expected, atol=1e-5)


def test_what_needs_tensorflow_says_so(results):
    errors = results["errors"]
    assert errors["compiled model"].startswith("BackendError: Expected the backend tensorflow")
    assert errors["frozen graph"].startswith("WeightsError: Expected TensorFlow")
    assert errors["TensorBoard"].startswith("ImportError: Expected TensorFlow")
    assert all("\n" not in message for message in errors.values())


def test_a_notebook_runs(environment, tmp_path):
    """As ``make run-all`` does it on a rented GPU, in small."""
    from emotion_lib.experiments import notebooks

    parameters = {"DATASET": "synthetic", "LIMIT": 56, "EPOCHS": 1}
    code = "import sys, json, pathlib; from emotion_lib.experiments import runner; "
    code += "runner.execute(pathlib.Path(sys.argv[1]), json.loads(sys.argv[2]), pathlib.Path(sys.argv[3]))"
    (path,) = (path for path in notebooks.find() if path.stem.startswith("01_"))
    output = tmp_path / "executed.ipynb"
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        code,
        str(path),
        json.dumps(parameters),
        str(output),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    (record,) = Path(environment["ARTIFACTS_DIR"]).rglob("run.json")
    record = json.loads(record.read_text())
    assert record["environment"]["backend"] == "jax" and record["name"] == "01_sequential_cnn"


# ---- in the process without TensorFlow ------------------------------------------------------------------------------


def lab(folder: Path) -> dict:
    """Import everything, train, evaluate, export."""
    import collections
    import importlib
    import pkgutil

    import jax

    import emotion_lib
    from emotion_lib import evaluation, training
    from emotion_lib.datasets.batches import Batches
    from emotion_lib.datasets.transforms import Framing
    from emotion_lib.models import facenet, features, litert
    from emotion_lib.models.sequential_cnn import sequential_cnn
    from emotion_lib.training import distillation, recipe

    found = {
        "backend": keras.backend.backend(),
        "compilations": {},
        "histories": {},
        "errors": {},
        "devices of a weight": {},
    }
    names = [module.name for module in pkgutil.walk_packages(emotion_lib.__path__, "emotion_lib.")]
    for name in names:
        if not name.endswith("__main__"):
            importlib.import_module(name)
    found["modules"] = len(names)

    steps = collections.Counter()

    def count(event, duration, fun_name="", **_):
        if event == "/jax/core/compile/backend_compile_duration" and "_step" in fun_name:
            steps[fun_name.removeprefix("jit(").removesuffix(")")] += 1

    jax.monitoring.register_event_duration_secs_listener(count)

    def counted(name):
        found["compilations"][name] = dict(steps)
        steps.clear()

    dataset = load("synthetic", **SIZES)

    def train(name, **options):
        keras.utils.set_random_seed(0)
        model = sequential_cnn(widths=(4,), dropout=0.1)
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        batches = Batches(dataset.train, 16, shuffle=True), Batches(dataset.val, 16)
        history = training.fit(model, *batches, folder / name, epochs=3, verbose=0, **options)
        found["histories"][name] = history[["loss", "val_loss", "val_accuracy"]].to_dict("list")
        found["devices of a weight"][name] = len(model.weights[0].value.devices())
        counted(name)
        return model

    def validate_41_images(model):
        return model.evaluate(Batches(dataset.val.take(np.arange(41)), 16), verbose=0)

    first = train("01")
    found["41 images on one device"] = validate_41_images(first)
    counted("41 images")
    for split in (dataset.val, dataset.test):
        evaluation.evaluate(first, split, dataset.class_names, batch_size=16, flip=True)
    counted("evaluations")
    network = keras.Model(first.inputs[0], first.layers[-1].input)
    training.cached_features(network, dataset.val, folder / "features.npy", batch_size=16)
    counted("cached features")
    features._BATCH_SIZE = 16
    features.penultimate(first, dataset.val.images)
    counted("penultimate features")
    teacher = keras.models.clone_model(first)
    distillation.teach(
        [teacher], dataset.val, dataset.class_names, folder, transform=Framing(), views=2
    )
    counted("teaching")
    train("03", class_weight={label: 1 + label / 7 for label in range(7)})

    tiny = recipe.Recipe(
        stem=(4,),
        widths=(4,),
        blocks=(1,),
        batch_size=16,
        augmentation={"flip": True, "rotation": 10},
    )
    by_recipe, _ = recipe.train(
        tiny, dataset.train, dataset.val, dataset.num_classes, folder / "13", epochs=2
    )
    counted("13")

    for name, model in (("01", first), ("13", by_recipe)):
        artifacts.export(model, folder / f"{name}.keras", dataset.class_names)
        np.save(folder / f"{name}.npy", model.predict_on_batch(dataset.val.images[..., None]))

    graph = folder / "graph.pb"
    graph.write_bytes(b"")
    for name, attempt in (
        ("compiled model", lambda: litert.compile_model(first, folder / "model.tflite")),
        ("frozen graph", lambda: facenet.facenet(graph)),
        ("TensorBoard", lambda: train("logged", tensorboard=True)),
    ):
        try:
            attempt()
        except Exception as error:
            found["errors"][name] = f"{type(error).__name__}: {error}"

    # Last, as models of one device and of two do not mix.
    training.set_precision("float32")
    found["devices"] = training.use_all_devices()
    shared = train("01 on two devices")
    shared.set_weights(first.get_weights())
    found["41 images on two devices"] = validate_41_images(shared)
    return found | {"class_names": dataset.class_names}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "results.json").write_text(json.dumps(lab(folder)))
