"""Model files that are damaged or hostile.

Each gives the right answer or a clear error; no code in it is ever executed.
"""

import json
import shutil
import zipfile
from collections import Counter

import keras
import numpy as np
import pytest

from emotion_lib import artifacts, paths
from emotion_lib.artifacts import ArtifactError, keras_file
from emotion_lib.files import sha256
from emotion_lib.inference.compiled_file import bind, compiled_file
from emotion_lib.inference.networks import load_network
from emotion_lib.models.hdf5 import ForeignModelError, load_hdf5

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 12, 12, 1), dtype=np.uint8)


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    stack = [
        keras.layers.Conv2D(3, 3, name="first"),
        keras.layers.LeakyReLU(0.1),
        keras.layers.BatchNormalization(),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3, activation="softmax"),
    ]
    return keras.Sequential([keras.Input((12, 12, 1)), *stack])


@pytest.fixture
def exported(network, tmp_path):
    return artifacts.export(network, tmp_path / "model.keras", ("a", "b", "c"))


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """Return a copy with a flipped bit, cut off, or with some bytes overwritten."""
    damaged = bytearray(data)
    kind = rng.integers(4)
    place = int(rng.integers(len(data)))
    if kind == 0:
        damaged[place] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        del damaged[place:]
    elif kind == 2:
        damaged[place : place + 8] = rng.bytes(8)
    else:
        damaged[len(damaged) - 1 - int(rng.integers(300))] = int(rng.integers(256))
    return bytes(damaged)


def outcomes(whole: bytes, file, load, error: type[Exception], count: int) -> Counter:
    """Return how often damaged copies are "refused", give the "right" answers or "wrong" ones.

    Args:
        whole: content of the whole file.
        file: path to write the copies to.
        load: returns the answers of a network by its path.
        error: exception that refuses a file; any other one fails the test.
        count: number of copies.
    """
    rng = np.random.default_rng(0)
    found: Counter[str] = Counter()
    file.write_bytes(whole)
    expected = load(file)
    for _ in range(count):
        file.write_bytes(mutated(whole, rng))
        try:
            answers = load(file)
        except error:
            found["refused"] += 1
            continue
        found["right" if np.allclose(answers, expected, atol=1e-6) else "wrong"] += 1
    return found


def test_a_damaged_compiled_model_never_answers_wrongly(tmp_path):
    shutil.copy(paths.best_dir() / "model.keras", tmp_path)
    faces = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 1), dtype=np.uint8)
    whole = (paths.best_dir() / "model.tflite").read_bytes()

    def load(file):
        return load_network(file.with_suffix(".keras"), "litert")[0](faces)

    found = outcomes(whole, tmp_path / "model.tflite", load, ArtifactError, 100)
    assert found["wrong"] == 0
    assert found["refused"] > 90
    with pytest.warns(RuntimeWarning, match=r"Keras instead of LiteRT runs.*model\.tflite"):
        assert load_network(tmp_path / "model.keras")[0].runtime == "keras"


def test_a_compiled_model_that_the_record_does_not_describe_is_not_used(tmp_path):
    """It was damaged and bound again: only the record shows it."""
    for name in ("model.keras", "model.tflite"):
        shutil.copy(paths.best_dir() / name, tmp_path)
    record = artifacts.read_record(paths.best_dir() / "run.json")
    compiled = tmp_path / "model.tflite"
    assert load_network(tmp_path / "model.keras", "litert", record=record)[0].runtime == "litert"
    content = bytearray(compiled.read_bytes())
    content[len(content) // 2] ^= 1
    compiled.write_bytes(content)
    bind(compiled, tmp_path / "model.keras")
    assert len(compiled.read_bytes()) == len(content)  # the earlier binding was replaced
    with pytest.raises(ArtifactError, match="damaged; train or promote the run again"):
        load_network(tmp_path / "model.keras", "litert", record=record)


def test_the_record_describes_the_shipped_files():
    record = json.loads((paths.best_dir() / "run.json").read_text())["model"]
    for kind, key in (("litert", "compiled"), ("int8", "int8")):
        file = compiled_file(paths.best_dir() / "model.keras", kind)
        assert record[key]["sha256"] == sha256(file)
        assert record[key]["bytes"] == file.stat().st_size


def test_a_damaged_keras_file_never_answers_wrongly(exported, tmp_path):
    def load(file):
        return np.asarray(artifacts.load_model(file)[0](IMAGES))

    found = outcomes(exported.read_bytes(), tmp_path / "damaged.keras", load, ArtifactError, 60)
    assert found["wrong"] == 0
    assert found["refused"] > 40


def test_a_damaged_h5_file_is_read_or_refused(network, tmp_path):
    """HDF5 has no checksums: a changed weight is not found. No other exception, and no hanging."""
    network.save(tmp_path / "model.h5")
    whole = (tmp_path / "model.h5").read_bytes()

    def load(file):
        return np.asarray(load_hdf5(file)[0](IMAGES))

    found = outcomes(whole, tmp_path / "damaged.h5", load, ForeignModelError, 30)
    assert found["wrong"] <= 2
    assert found["refused"] > 10


def rewritten(file, **members: bytes):
    """Replace members of a .keras file, given by their names without ".json"."""
    with zipfile.ZipFile(file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    for name, data in members.items():
        content[f"{name}.json"] = data
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return file


@pytest.mark.parametrize("member", ["class_names", "config", "metadata"])
def test_members_that_unpack_to_very_much_are_not_read(member, exported, monkeypatch):
    monkeypatch.setattr(keras_file, "MAX_DESCRIPTION_BYTES", 2**20)
    bomb = rewritten(exported, **{member: b" " * (2**20 + 1)})
    assert bomb.stat().st_size < 50_000
    with pytest.raises(ArtifactError, match=rf"1,048,577 bytes of {member}\.json"):
        artifacts.load_model(bomb)


def test_a_model_that_unpacks_to_very_much_is_not_read(exported, monkeypatch):
    monkeypatch.setattr(keras_file, "MAX_MODEL_BYTES", 1000)
    with pytest.raises(ArtifactError, match="bytes when unpacked; at most 1,000 fit"):
        artifacts.class_names(exported)


@pytest.mark.parametrize(
    "names", [b"{}", b"[1, 2, 3]", b'["a", ""]', b"[", b"\xff", b"[" * 100_000]
)
def test_odd_class_names_are_an_error_that_names_the_file(names, exported):
    with pytest.raises(ArtifactError, match=r"model\.keras"):
        artifacts.class_names(rewritten(exported, class_names=names))


def test_other_files_are_named_in_the_error(network, tmp_path):
    network.save(tmp_path / "old.h5")
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").touch()
    for name, message in (
        ("old.h5", "an HDF5 file of Keras 1 or 2"),
        ("saved", "a SavedModel of TensorFlow"),
        (".", "a folder. Name the file in it"),
        ("none.keras", "no such file"),
    ):
        with pytest.raises(ArtifactError, match=message):
            artifacts.load_model(tmp_path / name)


HOSTILE = {
    "Lambda": {
        "function": {
            "class_name": "__lambda__",
            "config": {"code": "4wEAAAAAAAAA", "defaults": None, "closure": None},
        }
    },
    "StringLookup": {"vocabulary": "/etc/passwd"},
    "IntegerLookup": {"vocabulary": "/etc/passwd"},
    "TextVectorization": {"vocabulary": "/etc/passwd"},
    "TFSMLayer": {"filepath": "/tmp"},
    "TorchModuleWrapper": {
        "module": {"class_name": "__bytes__", "config": {"value": "gASVFQAAAAAAAACMBXBvc2l4"}}
    },
}


@pytest.mark.parametrize("name", HOSTILE)
def test_safe_mode_holds_for_keras_files(name, exported, monkeypatch):
    """Keras's safe mode stays on: no vocabulary is read, no pickle opened."""
    with zipfile.ZipFile(exported) as archive:
        config = json.loads(archive.read("config.json"))
    layer = config["config"]["layers"][1]
    layer["class_name"] = name
    layer["config"] = {"name": "hostile", **HOSTILE[name]}
    layer["build_config"] = None
    with pytest.raises(ArtifactError, match=r"safe_mode|unsafe|disallowed"):
        artifacts.load_model(rewritten(exported, config=json.dumps(config).encode()))


@pytest.mark.parametrize(
    ("module", "name"), [("os", "system"), ("builtins", "eval"), ("keras.utils", "get_file")]
)
def test_functions_outside_keras_are_never_called(module, name, exported):
    with zipfile.ZipFile(exported) as archive:
        config = json.loads(archive.read("config.json"))
    layer = config["config"]["layers"][1]
    layer["module"] = module
    layer["class_name"] = name
    layer["registered_name"] = name
    layer["config"] = {}
    with pytest.raises(ArtifactError, match="a file Keras cannot load"):
        artifacts.load_model(rewritten(exported, config=json.dumps(config).encode()))
