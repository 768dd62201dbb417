"""The lab on JAX, in a process that cannot import TensorFlow: its results, and its compilations."""

import collections
import importlib
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from emotion_lib import artifacts
from emotion_lib.datasets import load
from emotion_lib.paths import ROOT

# Python runs a module named sitecustomize at its start, in the kernels of notebooks too.
HIDE_TENSORFLOW = """
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
    """Return variables of a process without TensorFlow, with JAX on two devices of one CPU."""
    folder = tmp_path_factory.mktemp("without_tensorflow")
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(HIDE_TENSORFLOW)
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
    """Return the results of :class:`Lab` in such a process."""
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
    found = json.loads((folder / "results.json").read_text())
    return found | {"folder": folder, "output": done.stdout}


def test_every_module_can_be_imported(results):
    assert results["modules"] > 60
    assert results["backend"] == "jax"


def test_a_training_compiles_one_step_for_training_and_one_for_validation(results):
    for name in ("01", "03"):
        assert results["compilations"][name] == {"train_step": 1, "test_step": 1}


def test_the_recipe_compiles_one_step_per_image_size(results):
    assert results["compilations"]["13"] == {"train_step": 2, "test_step": 2}


@pytest.mark.parametrize(
    "task", ["evaluations", "cached features", "penultimate features", "teaching"]
)
def test_inference_compiles_once(results, task):
    """42 images in batches of 16; two splits, two views."""
    assert results["compilations"][task] == {"predict_step": 1}


def test_two_devices_train_as_one_does(results):
    one = results["histories"]["01"]
    two = results["histories"]["01 on two devices"]
    assert results["devices"] == ["cpu:0", "cpu:1"]
    assert results["devices of a weight"] == {"01": 1, "03": 1, "01 on two devices": 2}
    assert "Training on 2 devices: cpu:0, cpu:1." in results["output"]
    np.testing.assert_allclose(two["loss"], one["loss"], rtol=1e-4)
    np.testing.assert_allclose(two["val_loss"], one["val_loss"], rtol=1e-4)
    one_image = 1 / SIZES["n_val"] + 1e-6
    np.testing.assert_allclose(two["val_accuracy"], one["val_accuracy"], atol=one_image)


def test_two_devices_validate_a_split_that_they_cannot_share(results):
    on_one = results["41 images on one device"]
    assert results["41 images on two devices"] == pytest.approx(on_one, rel=1e-4)


@pytest.mark.parametrize("name", ["01", "13"])
def test_tensorflow_gives_the_same_scores_from_the_exported_file(results, name):
    model, class_names = artifacts.load_model(results["folder"] / f"{name}.keras")
    assert keras.backend.backend() == "tensorflow"
    assert class_names == tuple(results["class_names"])
    images = load("synthetic", **SIZES).val.images[..., None]
    expected = np.load(results["folder"] / f"{name}.npy")
    np.testing.assert_allclose(np.asarray(model.predict_on_batch(images)), expected, atol=1e-5)


def test_functions_that_need_tensorflow_say_so(results):
    errors = results["errors"]
    assert errors["compiled model"].startswith("BackendError: Expected the backend tensorflow")
    assert errors["frozen graph"].startswith("WeightsError: Expected TensorFlow")
    assert errors["TensorBoard"].startswith("ImportError: Expected TensorFlow")
    for message in errors.values():
        assert "\n" not in message


RUN_NOTEBOOK = """
import json, pathlib, sys
from emotion_lib.experiments import runner
runner.execute(pathlib.Path(sys.argv[1]), json.loads(sys.argv[2]), pathlib.Path(sys.argv[3]))
"""


def test_a_notebook_runs(environment, tmp_path):
    """As on a rented GPU, but small."""
    from emotion_lib.experiments import notebooks

    parameters = {"DATASET": "synthetic", "LIMIT": 56, "EPOCHS": 1}
    (path,) = [path for path in notebooks.find() if path.stem.startswith("01_")]
    arguments = [str(path), json.dumps(parameters), str(tmp_path / "executed.ipynb")]
    command = [sys.executable, "-W", "ignore", "-c", RUN_NOTEBOOK, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    (file,) = Path(environment["ARTIFACTS_DIR"]).rglob("run.json")
    record = json.loads(file.read_text())
    assert record["environment"]["backend"] == "jax"
    assert record["name"] == "01_sequential_cnn"


# ---- in the process without TensorFlow -----------------------------------------------------------


class Lab:
    """Trains, evaluates and exports small networks, and notes the results in a folder."""

    def __init__(self, folder: Path):
        import jax

        self.folder = folder
        self.dataset = load("synthetic", **SIZES)
        self.results = {
            "backend": keras.backend.backend(),
            "class_names": self.dataset.class_names,
            "compilations": {},
            "histories": {},
            "errors": {},
            "devices of a weight": {},
        }
        self.steps = collections.Counter()
        jax.monitoring.register_event_duration_secs_listener(self.count_compilation)

    def count_compilation(self, event, duration, fun_name="", **_):
        if event == "/jax/core/compile/backend_compile_duration" and "_step" in fun_name:
            self.steps[fun_name.removeprefix("jit(").removesuffix(")")] += 1

    def note_compilations(self, name):
        self.results["compilations"][name] = dict(self.steps)
        self.steps.clear()

    def import_everything(self):
        import emotion_lib

        count = 0
        for module in pkgutil.walk_packages(emotion_lib.__path__, "emotion_lib."):
            count += 1
            if module.name.endswith("__main__"):
                continue
            try:
                importlib.import_module(module.name)
            except ModuleNotFoundError as error:
                if error.name != "torch":  # of the extra bench
                    raise
        self.results["modules"] = count

    def train(self, name, **options):
        from emotion_lib import training
        from emotion_lib.datasets.batches import Batches
        from emotion_lib.models.sequential_cnn import sequential_cnn

        keras.utils.set_random_seed(0)
        model = sequential_cnn(widths=(4,), dropout=0.1)
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        train = Batches(self.dataset.train, 16, shuffle=True)
        val = Batches(self.dataset.val, 16)
        history = training.fit(
            model, train, val, self.folder / name, epochs=3, verbose=0, **options
        )
        columns = history[["loss", "val_loss", "val_accuracy"]]
        self.results["histories"][name] = columns.to_dict("list")
        self.results["devices of a weight"][name] = len(model.weights[0].value.devices())
        self.note_compilations(name)
        return model

    def validate_41_images(self, model):
        from emotion_lib.datasets.batches import Batches

        batches = Batches(self.dataset.val.take(np.arange(41)), 16)
        return model.evaluate(batches, verbose=0)

    def infer(self, model):
        from emotion_lib import evaluation, training
        from emotion_lib.datasets.transforms import Framing
        from emotion_lib.models import features
        from emotion_lib.training import distillation

        names = self.dataset.class_names
        for split in (self.dataset.val, self.dataset.test):
            evaluation.evaluate(model, split, names, batch_size=16, flip=True)
        self.note_compilations("evaluations")
        network = keras.Model(model.inputs[0], model.layers[-1].input)
        file = self.folder / "features.npy"
        training.cached_features(network, self.dataset.val, file, batch_size=16)
        self.note_compilations("cached features")
        features._BATCH_SIZE = 16
        features.penultimate(model, self.dataset.val.images)
        self.note_compilations("penultimate features")
        teachers = [keras.models.clone_model(model)]
        lessons = [distillation.Lesson(Framing(), views=2)]
        distillation.teach([teachers], self.dataset.val, names, self.folder, lessons)
        self.note_compilations("teaching")

    def train_by_recipe(self):
        from emotion_lib.training import recipe_training
        from emotion_lib.training.recipe import Recipe

        tiny = Recipe(
            stem=(4,),
            widths=(4,),
            blocks=(1,),
            batch_size=16,
            augmentation={"flip": True, "rotation": 10},
        )
        dataset = self.dataset
        model, _ = recipe_training.train(
            tiny, dataset.train, dataset.val, dataset.num_classes, self.folder / "13", epochs=2
        )
        self.note_compilations("13")
        return model

    def export(self, name, model):
        artifacts.export(model, self.folder / f"{name}.keras", self.dataset.class_names)
        scores = model.predict_on_batch(self.dataset.val.images[..., None])
        np.save(self.folder / f"{name}.npy", scores)

    def note_error(self, name, action):
        try:
            action()
        except Exception as error:
            self.results["errors"][name] = f"{type(error).__name__}: {error}"

    def try_what_needs_tensorflow(self, model):
        from emotion_lib.models import facenet, litert

        graph = self.folder / "graph.pb"
        graph.write_bytes(b"")
        tflite = self.folder / "model.tflite"
        self.note_error("compiled model", lambda: litert.compile_model(model, tflite))
        self.note_error("frozen graph", lambda: facenet.facenet(graph))
        self.note_error("TensorBoard", lambda: self.train("logged", tensorboard=True))

    def run(self):
        from emotion_lib import training

        self.import_everything()
        model = self.train("01")
        self.results["41 images on one device"] = self.validate_41_images(model)
        self.note_compilations("41 images")
        self.infer(model)
        self.train("03", class_weight={label: 1 + label / 7 for label in range(7)})
        model_by_recipe = self.train_by_recipe()
        self.export("01", model)
        self.export("13", model_by_recipe)
        self.steps.clear()
        self.try_what_needs_tensorflow(model)
        # Last, as models of one device and of two do not mix.
        training.set_precision("float32")
        self.results["devices"] = training.use_all_devices()
        shared = self.train("01 on two devices")
        shared.set_weights(model.get_weights())
        self.results["41 images on two devices"] = self.validate_41_images(shared)


if __name__ == "__main__":
    lab = Lab(Path(sys.argv[1]))
    lab.run()
    (lab.folder / "results.json").write_text(json.dumps(lab.results))
