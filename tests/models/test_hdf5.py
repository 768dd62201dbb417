"""HDF5 models of Keras 1 and 2: translated, compared, and refused where that is needed."""

import json
import re

import h5py
import keras
import numpy as np
import pytest

from emotion_lib.models.hdf5 import ForeignModelError, is_hdf5, load_hdf5


@pytest.fixture(scope="module")
def images():
    """Return three noise images: float32 ``(3, 20, 20, 1)``, 0..1."""
    return np.random.default_rng(0).uniform(0, 1, (3, 20, 20, 1)).astype(np.float32)


def network(kind: str = "sequential") -> keras.Model:
    """Build a network of layers whose arguments have changed since Keras 2."""
    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.SeparableConv2D(4, 3, name="first"),
        keras.layers.LeakyReLU(0.1),
        keras.layers.BatchNormalization(epsilon=0.01),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3, activation="softmax"),
    ]
    model = keras.Sequential([keras.Input((20, 20, 1)), *layers])
    if kind == "sequential":
        return model
    return keras.Model(model.inputs[0], model.outputs[0])


def edit_description(file, edit):
    """Let a function change the description in a file."""
    with h5py.File(file, "r+") as f:
        description = json.loads(f.attrs["model_config"])
        edit(description)
        f.attrs["model_config"] = json.dumps(description)


def rewrite_as_keras_2(file):
    """Give a file the arguments that Keras 2 wrote and Keras 3 no longer takes."""

    def edit(description):
        for layer in description["config"]["layers"]:
            config = layer["config"]
            if "batch_shape" in config:
                config["batch_input_shape"] = config.pop("batch_shape")
                config["sparse"] = False
                config["ragged"] = False
            if layer["class_name"] == "BatchNormalization":
                config["axis"] = [config["axis"]]
            if layer["class_name"] == "SeparableConv2D":
                config["groups"] = 1
                config["kernel_initializer"] = None
                config["kernel_regularizer"] = None
                config["kernel_constraint"] = None
            if layer["class_name"] == "LeakyReLU":
                config["alpha"] = config.pop("negative_slope")

    edit_description(file, edit)
    with h5py.File(file, "r+") as f:
        f.attrs["keras_version"] = "2.15.0"


def change_first_layer(file, **arguments):
    """Write arguments into the description of the layer "first"."""

    def edit(description):
        for layer in description["config"]["layers"]:
            if layer["config"].get("name") == "first":
                layer["config"] |= arguments

    edit_description(file, edit)


def assert_same_outputs(loaded, expected_model, images):
    expected = np.asarray(expected_model(images))
    np.testing.assert_allclose(np.asarray(loaded(images)), expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["sequential", "functional"])
def test_a_file_that_keras_3_refuses_is_rebuilt(kind, images, tmp_path):
    model = network(kind)
    file = tmp_path / "old.hdf5"
    model.save(file)
    _, rebuilt = load_hdf5(file)
    assert not rebuilt
    rewrite_as_keras_2(file)
    # Of whatever type: the refusal is the reason for rebuilding.
    with pytest.raises(Exception):  # noqa: B017
        keras.models.load_model(file, compile=False)
    loaded, rebuilt = load_hdf5(file)
    assert rebuilt
    assert_same_outputs(loaded, model, images)


@pytest.mark.parametrize("kind", ["sequential", "functional"])
def test_a_normalisation_over_several_axes_is_kept(kind, images, tmp_path):
    file = tmp_path / "standardised.h5"
    normalization = keras.layers.LayerNormalization(axis=(1, 2, 3), center=False, scale=False)
    layers = [normalization, *network(kind).layers[-5:]]
    model = keras.Sequential([keras.Input((20, 20, 1)), *layers])
    if kind == "functional":
        model = keras.Model(model.inputs[0], model.outputs[0])
    model.save(file)
    raw_images = 255 * images
    # As soon as Keras reads these files correctly, this part of the rebuilding can go.
    misread = np.asarray(keras.models.load_model(file, compile=False)(raw_images))
    assert abs(misread - np.asarray(model(raw_images))).max() > 1e-3
    loaded, rebuilt = load_hdf5(file)
    assert rebuilt
    assert_same_outputs(loaded, model, raw_images)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"groups": 2}, "first: groups=2"),
        ({"depth_gain": 0.5}, "first: depth_gain=0.5"),
        (
            {"activation": "hard_sigmoid"},
            "first: activation=hard_sigmoid, which was another function in Keras 2",
        ),
    ],
)
def test_an_argument_that_keras_3_cannot_reproduce_is_an_error(arguments, message, tmp_path):
    file = tmp_path / "old.h5"
    network().save(file)
    rewrite_as_keras_2(file)
    change_first_layer(file, **arguments)
    with pytest.raises(ForeignModelError, match=re.escape(message)):
        load_hdf5(file)


def test_models_within_a_model_are_translated_too(images, tmp_path):
    file = tmp_path / "old.h5"
    inputs = keras.Input((20, 20, 1))
    model = keras.Model(inputs, network()(inputs))
    model.save(file)
    with h5py.File(file, "r+") as f:
        text = f.attrs["model_config"].replace('"negative_slope"', '"alpha"')
        f.attrs["model_config"] = text.replace('"filters"', '"groups": 1, "filters"')
    loaded, rebuilt = load_hdf5(file)
    assert rebuilt
    assert_same_outputs(loaded, model, images)


def test_weights_go_to_the_layers_of_their_names(tmp_path):
    """Keras goes by the order of the layers, which may differ from that in the file."""
    file = tmp_path / "turned.h5"
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,))
    left = keras.layers.Dense(2, name="left")(inputs)
    right = keras.layers.Dense(2, name="right")(inputs)
    model = keras.Model(inputs, keras.layers.Subtract()([left, right]))
    model.save(file)
    with h5py.File(file, "r+") as f:
        f["model_weights"].attrs["layer_names"] = f["model_weights"].attrs["layer_names"][::-1]
    loaded, rebuilt = load_hdf5(file)
    assert rebuilt
    assert_same_outputs(loaded, model, np.eye(4, dtype=np.float32))


def test_a_suffix_in_capital_letters(tmp_path):
    network().save(tmp_path / "old.h5")
    (tmp_path / "old.h5").rename(tmp_path / "OLD.H5")
    loaded, rebuilt = load_hdf5(tmp_path / "OLD.H5")
    assert not rebuilt
    assert loaded.output_shape == (None, 3)
    assert is_hdf5("OLD.H5")
    assert is_hdf5("old.HDF5")
    assert not is_hdf5("new.keras")


HOSTILE = {
    "Lambda": {"function": ["4wEAAAAAAAAA", None, None], "function_type": "lambda"},
    "StringLookup": {"vocabulary": "/etc/passwd"},
    "TextVectorization": {"vocabulary": "/etc/passwd"},
    "TFSMLayer": {"filepath": "/tmp"},
    "TorchModuleWrapper": {"module": "gASVFQAAAAAAAACMBXBvc2l4"},
    "Custom": {},
}


@pytest.mark.parametrize("place", ["layer", "wrapped", "initializer"])
@pytest.mark.parametrize("name", HOSTILE)
def test_layers_that_run_code_or_read_files_never_reach_keras(name, place, tmp_path, monkeypatch):
    file = tmp_path / "hostile.h5"
    network().save(file)
    hostile = {"class_name": name, "config": {"name": "hostile", **HOSTILE[name]}}

    def edit(description):
        layers = description["config"]["layers"]
        if place == "layer":
            layers.insert(2, hostile)
        elif place == "wrapped":
            layers[1]["class_name"] = "TimeDistributed"
            layers[1]["config"] = {"name": "w", "layer": hostile}
        else:
            layers[1]["config"]["bias_initializer"] = hostile

    def fail(*args, **kwargs):
        raise AssertionError("Keras was asked to build the layer.")

    edit_description(file, edit)
    monkeypatch.setattr(keras.models, "load_model", fail)
    monkeypatch.setattr(keras.saving, "deserialize_keras_object", fail)
    with pytest.raises(ForeignModelError, match=f"only compute.*Received: {name}"):
        load_hdf5(file)


@pytest.mark.parametrize("name", [None, 5, ["Dense"], {"class_name": "Dense"}])
def test_a_class_name_that_is_not_text_is_refused(name, tmp_path):
    network().save(tmp_path / "odd.h5")
    initializer = {"class_name": name, "config": {}}
    change_first_layer(tmp_path / "odd.h5", bias_initializer=initializer)
    with pytest.raises(ForeignModelError, match="Expected layers of Keras that only compute"):
        load_hdf5(tmp_path / "odd.h5")


def test_layers_that_this_library_registered_are_allowed(small_model, tmp_path):
    small_model.save(tmp_path / "own.h5")
    loaded, rebuilt = load_hdf5(tmp_path / "own.h5")
    assert not rebuilt
    modules = [type(layer).__module__ for layer in loaded.layers]
    assert any(module.startswith("emotion_lib") for module in modules)


def test_a_module_outside_keras_is_refused(tmp_path):
    network().save(tmp_path / "hostile.h5")
    initializer = {"module": "os", "class_name": "Zeros", "config": {}}
    change_first_layer(tmp_path / "hostile.h5", bias_initializer=initializer)
    with pytest.raises(ForeignModelError, match=r"Received: os\.Zeros"):
        load_hdf5(tmp_path / "hostile.h5")


def test_folders_are_named_in_the_error(tmp_path):
    with pytest.raises(ForeignModelError, match=r"Received: the folder"):
        load_hdf5(tmp_path)
    (tmp_path / "saved_model.pb").touch()
    with pytest.raises(ForeignModelError, match=r"a SavedModel of TensorFlow.*save it as \.h5"):
        load_hdf5(tmp_path)


def test_a_single_output_in_a_list_becomes_a_tensor(images, tmp_path):
    model = network("functional")
    keras.Model(model.inputs, [model.outputs[0]]).save(tmp_path / "listed.h5")
    loaded, _ = load_hdf5(tmp_path / "listed.h5")
    assert not isinstance(loaded(images), list)
    two = keras.Model(model.inputs, [model.outputs[0], model.layers[1].output])
    two.save(tmp_path / "two.h5")
    with pytest.raises(ForeignModelError, match="Received: 1 and 2"):
        load_hdf5(tmp_path / "two.h5")


def test_files_without_a_model_are_refused(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"nothing")
    with pytest.raises(ForeignModelError, match="Expected a Keras model"):
        load_hdf5(tmp_path / "a.h5")
    network("functional").save_weights(tmp_path / "b.weights.h5")
    with pytest.raises(ForeignModelError, match="weights alone"):
        load_hdf5(tmp_path / "b.weights.h5")
