"""Models made elsewhere: files that Keras 3 refuses, scalings, label orders."""

import json
import re

import h5py
import keras
import numpy as np
import pytest

from emotion_lib.models.hdf5 import ForeignModelError, is_hdf5, load_hdf5
from emotion_lib.models.wrapping import from_raw_pixels

FACES = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 1)).astype(np.float32)


def network(kind: str) -> keras.Model:
    keras.utils.set_random_seed(0)
    stack = [
        keras.layers.SeparableConv2D(4, 3, name="first"),
        keras.layers.LeakyReLU(0.1),
        keras.layers.BatchNormalization(epsilon=0.01),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3, activation="softmax"),
    ]
    if kind == "sequential":
        return keras.Sequential([keras.Input((20, 20, 1)), *stack])
    inputs = x = keras.Input((20, 20, 1))
    for layer in stack:
        x = layer(x)
    return keras.Model(inputs, x)


def as_keras_2_wrote(file):
    """What Keras 2 put into the description, and Keras 3 no longer takes."""
    with h5py.File(file, "r+") as f:
        description = json.loads(f.attrs["model_config"])
        for layer in description["config"]["layers"]:
            config = layer["config"]
            if "batch_shape" in config:
                config["batch_input_shape"] = config.pop("batch_shape")
                config["sparse"] = config["ragged"] = False
            if layer["class_name"] == "BatchNormalization":
                config["axis"] = [config["axis"]]
            if layer["class_name"] == "SeparableConv2D":
                config |= {
                    "groups": 1,
                    "kernel_initializer": None,
                    "kernel_regularizer": None,
                    "kernel_constraint": None,
                }
            if layer["class_name"] == "LeakyReLU":
                config["alpha"] = config.pop("negative_slope")
        f.attrs["model_config"] = json.dumps(description)
        f.attrs["keras_version"] = "2.15.0"


def change(file, **arguments):
    """Write arguments into the description of the layer "first"."""
    with h5py.File(file, "r+") as f:
        description = json.loads(f.attrs["model_config"])
        (layer,) = (
            layer
            for layer in description["config"]["layers"]
            if layer["config"].get("name") == "first"
        )
        layer["config"] |= arguments
        f.attrs["model_config"] = json.dumps(description)


@pytest.mark.parametrize("kind", ["sequential", "functional"])
def test_a_file_that_keras_3_refuses_is_rebuilt(kind, tmp_path):
    model, file = network(kind), tmp_path / "old.hdf5"
    model.save(file)
    loaded, rebuilt = load_hdf5(file)
    assert not rebuilt
    as_keras_2_wrote(file)
    with pytest.raises(Exception):  # noqa: B017 - of whatever type: this is what makes rebuilding worth while
        keras.models.load_model(file, compile=False)
    loaded, rebuilt = load_hdf5(file)
    assert rebuilt
    pictures = FACES[:, :20, :20] / 255
    np.testing.assert_allclose(np.asarray(loaded(pictures)), np.asarray(model(pictures)), atol=1e-6)


@pytest.mark.parametrize("kind", ["sequential", "functional"])
def test_a_normalisation_over_several_axes_survives(kind, tmp_path):
    inner, file = network(kind), tmp_path / "standardised.h5"
    stack = [
        keras.layers.LayerNormalization(axis=(1, 2, 3), center=False, scale=False),
        *inner.layers[-5:],
    ]
    model = keras.Sequential([keras.Input((20, 20, 1)), *stack])
    if kind == "functional":
        model = keras.Model(model.inputs, model.outputs)
    model.save(file)
    pictures = FACES[:, :20, :20]
    expected = np.asarray(model(pictures))
    # The day Keras reads these files right, the rebuilding can go.
    assert (
        abs(np.asarray(keras.models.load_model(file, compile=False)(pictures)) - expected).max()
        > 1e-3
    )
    loaded, rebuilt = load_hdf5(file)
    assert rebuilt
    np.testing.assert_allclose(np.asarray(loaded(pictures)), expected, atol=1e-6)


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
def test_what_keras_3_cannot_reproduce_is_an_error(arguments, message, tmp_path):
    network("sequential").save(tmp_path / "old.h5")
    as_keras_2_wrote(tmp_path / "old.h5")
    change(tmp_path / "old.h5", **arguments)
    with pytest.raises(ForeignModelError, match=re.escape(message)):
        load_hdf5(tmp_path / "old.h5")


def test_models_within_a_model_are_translated_too(tmp_path):
    inner, inputs = network("sequential"), keras.Input((20, 20, 1))
    model = keras.Model(inputs, inner(inputs))
    model.save(tmp_path / "old.h5")
    with h5py.File(tmp_path / "old.h5", "r+") as f:
        text = (
            f.attrs["model_config"]
            .replace('"negative_slope"', '"alpha"')
            .replace('"filters"', '"groups": 1, "filters"')
        )
        f.attrs["model_config"] = text
    loaded, rebuilt = load_hdf5(tmp_path / "old.h5")
    assert rebuilt
    pictures = FACES[:, :20, :20] / 255
    np.testing.assert_allclose(np.asarray(loaded(pictures)), np.asarray(model(pictures)), atol=1e-6)


def test_weights_go_to_the_layers_of_their_names(tmp_path):
    """Keras goes by the order of the layers, which need not be the file's."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,))
    left, right = (keras.layers.Dense(2, name=name)(inputs) for name in ("left", "right"))
    model = keras.Model(inputs, keras.layers.Subtract()([left, right]))
    model.save(tmp_path / "turned.h5")
    with h5py.File(tmp_path / "turned.h5", "r+") as f:
        f["model_weights"].attrs["layer_names"] = f["model_weights"].attrs["layer_names"][::-1]
    loaded, rebuilt = load_hdf5(tmp_path / "turned.h5")
    rows = np.eye(4, dtype=np.float32)
    assert rebuilt
    np.testing.assert_allclose(np.asarray(loaded(rows)), np.asarray(model(rows)), atol=1e-6)


def test_a_name_in_capital_letters(tmp_path):
    network("sequential").save(tmp_path / "old.h5")
    (tmp_path / "old.h5").rename(tmp_path / "OLD.H5")
    loaded, rebuilt = load_hdf5(tmp_path / "OLD.H5")
    assert not rebuilt and loaded.output_shape == (None, 3)
    assert is_hdf5("OLD.H5") and is_hdf5("old.HDF5") and not is_hdf5("new.keras")


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
def test_layers_that_run_code_or_read_files_are_refused_before_keras_sees_them(
    name, place, tmp_path, monkeypatch
):
    def fail(*args, **kwargs):
        raise AssertionError("Keras was asked to make it")

    network("sequential").save(tmp_path / "hostile.h5")
    hostile = {"class_name": name, "config": {"name": "hostile", **HOSTILE[name]}}
    with h5py.File(tmp_path / "hostile.h5", "r+") as f:
        description = json.loads(f.attrs["model_config"])
        first = description["config"]["layers"][1]
        if place == "layer":
            description["config"]["layers"].insert(2, hostile)
        elif place == "wrapped":
            first["class_name"], first["config"] = (
                "TimeDistributed",
                {"name": "w", "layer": hostile},
            )
        else:
            first["config"]["bias_initializer"] = hostile
        f.attrs["model_config"] = json.dumps(description)
    monkeypatch.setattr(keras.models, "load_model", fail)
    monkeypatch.setattr(keras.saving, "deserialize_keras_object", fail)
    with pytest.raises(ForeignModelError, match=f"only compute.*Received: {name}"):
        load_hdf5(tmp_path / "hostile.h5")


@pytest.mark.parametrize("name", [None, 5, ["Dense"], {"class_name": "Dense"}])
def test_a_name_that_is_no_text_is_refused(name, tmp_path):
    network("sequential").save(tmp_path / "odd.h5")
    change(tmp_path / "odd.h5", bias_initializer={"class_name": name, "config": {}})
    with pytest.raises(ForeignModelError, match="Expected layers of Keras that only compute"):
        load_hdf5(tmp_path / "odd.h5")


def test_layers_that_this_program_registered_are_taken(small_model, tmp_path):
    small_model.save(tmp_path / "own.h5")
    loaded, rebuilt = load_hdf5(tmp_path / "own.h5")
    assert not rebuilt and any(
        type(layer).__module__.startswith("emotion_lib") for layer in loaded.layers
    )


def test_a_module_beyond_keras_is_refused(tmp_path):
    network("sequential").save(tmp_path / "hostile.h5")
    change(
        tmp_path / "hostile.h5",
        bias_initializer={"module": "os", "class_name": "Zeros", "config": {}},
    )
    with pytest.raises(ForeignModelError, match=r"Received: os\.Zeros"):
        load_hdf5(tmp_path / "hostile.h5")


def test_folders_have_words_of_their_own(tmp_path):
    with pytest.raises(ForeignModelError, match=r"Received: the folder"):
        load_hdf5(tmp_path)
    (tmp_path / "saved_model.pb").touch()
    with pytest.raises(ForeignModelError, match=r"a SavedModel of TensorFlow.*save it as \.h5"):
        load_hdf5(tmp_path)


def test_models_of_no_pictures_have_words_of_their_own():
    flat = keras.Sequential([keras.Input((2304,)), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match=r"flat rows of 2304 numbers. Put keras.layers.Flatten"):
        from_raw_pixels(flat, scaling="0..1")
    two = [keras.Input((4, 4, 1)), keras.Input((4, 4, 1))]
    with pytest.raises(ValueError, match="2 inputs"):
        from_raw_pixels(keras.Model(two, keras.layers.Add()(two)), scaling="0..1")


def test_an_output_wrapped_in_a_list_is_unwrapped(tmp_path):
    model = network("functional")
    keras.Model(model.inputs, [model.outputs[0]]).save(tmp_path / "listed.h5")
    loaded, _ = load_hdf5(tmp_path / "listed.h5")
    assert not isinstance(loaded(FACES[:, :20, :20]), list)
    two = keras.Model(model.inputs, [model.outputs[0], model.layers[1].output])
    two.save(tmp_path / "two.h5")
    with pytest.raises(ForeignModelError, match="Received: 1 and 2"):
        load_hdf5(tmp_path / "two.h5")


def test_files_that_hold_no_model(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"nothing")
    with pytest.raises(ForeignModelError, match="Expected a Keras model"):
        load_hdf5(tmp_path / "a.h5")
    network("functional").save_weights(tmp_path / "b.weights.h5")
    with pytest.raises(ForeignModelError, match="weights alone"):
        load_hdf5(tmp_path / "b.weights.h5")


def test_from_raw_pixels_scales_and_enlarges():
    model = network("functional")
    whole = from_raw_pixels(model, scaling="-1..1")
    small = keras.ops.image.resize(FACES, (20, 20))
    np.testing.assert_allclose(
        np.asarray(whole(FACES)), np.asarray(model(small / 127.5 - 1)), atol=1e-5
    )
    own = (small - np.mean(small, axis=(1, 2, 3), keepdims=True)) / np.std(
        small, axis=(1, 2, 3), keepdims=True
    )
    standardised = from_raw_pixels(model, scaling="standardised")
    np.testing.assert_allclose(np.asarray(standardised(FACES)), np.asarray(model(own)), atol=1e-3)
    colour = from_raw_pixels(model, (20, 20, 3), scaling="0..1")
    gray = np.repeat(FACES[:, :20, :20], 3, axis=-1)
    np.testing.assert_allclose(
        np.asarray(colour(gray)), np.asarray(model(gray[..., :1] / 255)), atol=1e-4
    )
    assert (
        abs(np.asarray(whole(FACES)) - whole.predict_on_batch(FACES)).max() < 1e-5
    )  # called plainly: not as in training
    with pytest.raises(ValueError, match=r"Received: '0\.\.255'"):
        from_raw_pixels(model, scaling="0..255")


def test_labels_come_in_the_order_asked_for():
    model = network("functional")
    scores = np.asarray(from_raw_pixels(model, scaling="none")(FACES))
    options = {"scaling": "none", "class_names": ("a", "b", "c")}
    turned = from_raw_pixels(model, **options, target_names=("c", "a", "b"))
    np.testing.assert_allclose(np.asarray(turned(FACES)), scores[:, [2, 0, 1]], atol=1e-6)
    fewer = np.asarray(from_raw_pixels(model, **options, target_names=("c", "a"))(FACES))
    np.testing.assert_allclose(
        fewer, scores[:, [2, 0]] / scores[:, [2, 0]].sum(axis=1, keepdims=True), atol=1e-5
    )
    with pytest.raises(ValueError, match=r"without \['d'\]"):
        from_raw_pixels(model, **options, target_names=("d",))
