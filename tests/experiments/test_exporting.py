"""Exports in each format: equal answers, the contract, and what is never replaced."""

import importlib.util
import json
import os

import keras
import numpy as np
import pytest

from emotion_lib import artifacts
from emotion_lib.artifacts import ArtifactError, Contract
from emotion_lib.environment import BackendError, MissingPackageError
from emotion_lib.experiments import compiling, exporting
from emotion_lib.experiments.export_formats import FORMATS, ONNX_PACKAGES
from emotion_lib.experiments.exporting import ExportError, export_model
from emotion_lib.files import sha256
from emotion_lib.inference.networks import load_network
from emotion_lib.models.litert import CompileError

NAMES = tuple("abc")
NO_ONNX = [name for name in ONNX_PACKAGES if importlib.util.find_spec(name) is None]
EACH_FORMAT = pytest.mark.parametrize(
    "name",
    [
        "litert",
        "saved_model",
        pytest.param(
            "onnx", marks=pytest.mark.skipif(bool(NO_ONNX), reason=f"needs {', '.join(NO_ONNX)}")
        ),
    ],
)


@pytest.fixture(scope="module")
def model():
    """Return a small network of RGB pictures, with a batch normalisation."""
    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(4, 3, use_bias=False),
        keras.layers.BatchNormalization(),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3, "softmax"),
    ]
    return keras.Sequential([keras.Input((20, 12, 3)), *layers])


def place(tmp_path, name):
    return tmp_path / "new" / f"model{FORMATS[name].suffix}"


@EACH_FORMAT
def test_an_export_gives_the_same_and_knows_its_classes(model, tmp_path, name):
    path = place(tmp_path, name)
    exported = export_model(model, NAMES, name, path)
    assert exported.difference <= 1e-4 and exported.compared_on == "256 drawn faces"
    assert exported.bytes > 100
    contract = FORMATS[name].contract(path)
    assert contract == exported.contract == Contract(NAMES, (20, 12, 3))
    batch = np.random.default_rng(0).integers(0, 256, (5, 20, 12, 3), dtype=np.uint8)
    expected = np.asarray(model.predict_on_batch(batch))
    np.testing.assert_allclose(FORMATS[name].run(path, batch), expected, atol=1e-5)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    export_model(model, ("x", "y", "z"), name, path)  # an earlier export is replaced
    assert FORMATS[name].contract(path).class_names == ("x", "y", "z")
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@EACH_FORMAT
def test_something_else_is_never_replaced(model, tmp_path, name):
    path = place(tmp_path, name)
    path.parent.mkdir()
    if path.suffix:
        path.write_bytes(b"of the user")
    else:
        (path / "assets.extra").mkdir(parents=True)
        (path / "assets.extra" / "contract.json").write_text('{"made_by": "a user"}')
    with pytest.raises(ExportError, match=r"of another origin\. Choose another --out"):
        export_model(model, NAMES, name, path)
    link = path.with_name(f"link{path.suffix}")
    link.symlink_to("nowhere")
    with pytest.raises(ExportError, match="of another origin"):
        export_model(model, NAMES, name, link)
    assert os.path.lexists(link) and path.exists()


def test_a_sibling_of_a_model_is_not_replaced(model, compiled_model):
    """A record may describe it."""
    with pytest.raises(ExportError, match="of another origin"):
        export_model(model, NAMES, "litert", compiled_model.with_suffix(".tflite"))


@EACH_FORMAT
def test_an_export_with_other_answers_is_refused(model, tmp_path, monkeypatch, name):
    monkeypatch.setattr(compiling, "MAX_DIFFERENCE", -1)
    path = place(tmp_path, name)
    with pytest.raises(ArtifactError, match="probabilities within -1 of Keras's"):
        export_model(model, NAMES, name, path)
    assert list(path.parent.iterdir()) == []


@EACH_FORMAT
def test_models_are_converted_by_tensorflow(model, tmp_path, monkeypatch, name):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(BackendError, match="Set KERAS_BACKEND=tensorflow"):
        FORMATS[name].write(model, place(tmp_path, name), Contract(NAMES, (20, 12, 3)))


def test_a_model_that_cannot_be_converted(tmp_path, monkeypatch, model):
    def fail(*arguments, **options):
        raise ValueError("no such operation\nand more")

    monkeypatch.setattr(keras.Model, "export", fail)
    with pytest.raises(CompileError, match=r"ValueError \(no such operation\)\. Choose another"):
        export_model(model, NAMES, "saved_model", tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@EACH_FORMAT
def test_a_place_that_cannot_be_written(model, tmp_path, monkeypatch, name):
    """It is the place that is wrong then, not the model."""
    (tmp_path / "new").write_bytes(b"of the user")
    with pytest.raises(ExportError, match=r"that can be written to.*Choose another --out"):
        export_model(model, NAMES, name, place(tmp_path, name))

    def fail(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.Model, "export", fail)
    with pytest.raises(ExportError, match=r"No space left on device\. Choose another --out"):
        export_model(model, NAMES, name, tmp_path / f"other{FORMATS[name].suffix}")
    assert [file.name for file in tmp_path.iterdir()] == ["new"]


def test_outputs_that_are_no_probabilities_are_refused(tmp_path):
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    model.add(keras.layers.Dense(3))
    with pytest.raises(ArtifactError, match="--logits"):
        export_model(model, NAMES, "litert", tmp_path / "model.tflite")


def test_the_suffix_must_fit(model, tmp_path):
    with pytest.raises(ExportError, match=r"suffix \.tflite for the format litert"):
        export_model(model, NAMES, "litert", tmp_path / "model.onnx")


def test_the_extra_for_onnx_is_named(model, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match=r"package tf2onnx.*emotion-lib\[export\]"):
        export_model(model, NAMES, "onnx", tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_the_contract_of_an_onnx_file_is_readable_by_others(model, tmp_path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("tf2onnx")
    export_model(model, NAMES, "onnx", tmp_path / "model.onnx")
    content = onnx.load(tmp_path / "model.onnx")
    onnx.checker.check_model(content)
    assert content.graph.input[0].name == "pixels"
    assert content.graph.output[0].name == "probabilities"
    properties = {each.key: json.loads(each.value) for each in content.metadata_props}
    assert properties["class_names"] == ["a", "b", "c"]
    assert properties["input"]["values"] == "RGB pixels, 0 to 255"


def test_the_compared_images_are_those_of_fer2013_where_it_is_here(
    model, tmp_path, monkeypatch, write_tree, dataset
):
    monkeypatch.setenv("FER2013_PATH", str(write_tree(per_class=3)))
    exported = export_model(model, NAMES, "litert", tmp_path / "model.tflite")
    assert exported.compared_on == "256 drawn faces"  # as that copy is not the official one
    monkeypatch.setattr(exporting.datasets, "load", lambda name: dataset)
    exported = export_model(model, NAMES, "litert", tmp_path / "model.tflite")
    assert exported.compared_on == "28 validation images of FER-2013"


def test_an_export_beside_its_keras_file_is_used_in_its_place(model, tmp_path):
    """As for a model that was trained where it could not be compiled."""
    file = artifacts.export(model, tmp_path / "model.keras", NAMES)
    before = file.read_bytes()
    exported = export_model(model, NAMES, "litert", tmp_path / "model.tflite", file)
    assert exported.contract.keras_sha256 == sha256(file)
    assert load_network(file)[0].runtime == "litert"
    export_model(model, NAMES, "litert", tmp_path / "model.tflite")
    with pytest.warns(RuntimeWarning, match="computes something else"):
        assert load_network(file)[0].runtime == "keras"
    assert file.read_bytes() == before
