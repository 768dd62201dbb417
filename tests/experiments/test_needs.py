"""Needs of notebooks that a machine does not meet, found without a network."""

import keras
import pytest
from keras.src.applications import resnet, vgg16

from emotion_lib.experiments import needs

VGG16 = "ImageNet weights of VGG16"


@pytest.fixture
def no_network(monkeypatch):
    """Set a proxy that does not answer, as on a machine without a network."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


def test_a_package_that_is_not_installed(monkeypatch):
    assert needs.missing({"TensorFlow": {}}, {}) == ""
    monkeypatch.setitem(needs.PACKAGES, "TensorFlow", "no_such_module")
    assert needs.missing({"TensorFlow": {}}, {}) == "needs TensorFlow, which is not installed"


def test_nothing_is_needed_at_other_parameters(monkeypatch):
    monkeypatch.setitem(needs.PACKAGES, "TensorFlow", "no_such_module")
    condition = {"TensorFlow": {"FACENET": None}}
    assert needs.missing(condition, {"FACENET": "own.keras", "SEED": 0}) == ""
    assert needs.missing(condition, {"FACENET": None, "SEED": 0})


def test_weights_are_looked_for_where_keras_keeps_them(no_network, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    wanted = {VGG16: {"WEIGHTS": "imagenet"}}
    assert needs.missing(wanted, {"WEIGHTS": None}) == ""
    lacking = needs.missing(wanted, {"WEIGHTS": "imagenet"})
    assert (
        lacking
        == f"needs {VGG16}, which are neither in {tmp_path / 'models'} nor can be downloaded"
    )
    file = tmp_path / "models" / needs.WEIGHTS[VGG16].rsplit("/", 1)[1]
    file.parent.mkdir()
    file.write_bytes(b"weights")
    assert needs.missing(wanted, {"WEIGHTS": "imagenet"}) == ""


def test_weights_that_can_be_downloaded_are_not_missing(tmp_path, monkeypatch):
    """A file: address stands for a server that answers."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    served = tmp_path / "served.h5"
    monkeypatch.setitem(needs.WEIGHTS, VGG16, served.as_uri())
    assert needs.missing({VGG16: {}}, {}).startswith("needs ImageNet")
    served.write_bytes(b"weights")
    assert needs.missing({VGG16: {}}, {}) == ""


def test_several_missing_needs_are_one_phrase(monkeypatch):
    monkeypatch.setattr(needs, "PACKAGES", {"A": "no_such_module", "B": "no_such_module_either"})
    assert (
        needs.missing({"A": {}, "B": {}}, {})
        == "needs A, which is not installed, and B, which is not installed"
    )


@pytest.mark.parametrize(
    ("name", "application"), [(VGG16, "VGG16"), ("ImageNet weights of ResNet50", "ResNet50")]
)
def test_addresses_and_names_are_those_of_keras(name, application, monkeypatch, tmp_path):
    asked = []

    def get_file(file_name, address, **_):
        asked.append((file_name, address))
        raise OSError("no download in a test")

    monkeypatch.setattr(vgg16.file_utils, "get_file", get_file)
    monkeypatch.setattr(resnet.file_utils, "get_file", get_file)
    with pytest.raises(OSError, match="no download"):
        getattr(keras.applications, application)(weights="imagenet", include_top=False)
    assert asked == [(needs.WEIGHTS[name].rsplit("/", 1)[1], needs.WEIGHTS[name])]
