import shutil
import subprocess
import sys

import numpy as np
import pytest

from emotion_lib import artifacts, paths
from emotion_lib.artifacts import ArtifactError
from emotion_lib.datasets import load
from emotion_lib.inference import compiled_file as compiled_file_module
from emotion_lib.inference.compiled_file import bind, compiled_file
from emotion_lib.inference.networks import load_network
from emotion_lib.models.conversion import portable, rounded
from emotion_lib.models.folding import folded
from emotion_lib.models.litert import compile_model


@pytest.fixture(scope="module")
def compiled(tmp_path_factory, small_model):
    """A .keras file with its compiled siblings."""
    file = tmp_path_factory.mktemp("compiled") / "model.keras"
    model = rounded(folded(portable(small_model)))
    artifacts.export(model, file, tuple("abcdefg"))
    bind(compile_model(model, compiled_file(file)), file)
    bind(compile_model(model, compiled_file(file, "int8"), "int8"), file)
    return file


@pytest.mark.parametrize("count", [1, 3, 64, 2])
def test_both_runtimes_give_the_same(compiled, count):
    faces = np.random.default_rng(count).integers(0, 256, (count, 48, 48, 1), dtype=np.uint8)
    (fast, names), (plain, same) = load_network(compiled, "litert"), load_network(compiled, "keras")
    assert (fast.runtime, plain.runtime) == ("litert", "keras") and names == same == tuple(
        "abcdefg"
    )
    assert (
        fast.input_shape == plain.input_shape == (48, 48, 1)
        and fast.num_classes == plain.num_classes == 7
    )
    scores = fast(faces)
    assert scores.shape == (count, 7) and scores.dtype == np.float32
    np.testing.assert_allclose(scores, plain(faces), atol=1e-4)


def test_weights_of_8_bits_are_smaller_nearly_the_same_and_blind_to_neighbours(compiled):
    (small, names), (fast, _) = load_network(compiled, "int8"), load_network(compiled, "litert")
    assert small.runtime == "int8" and names == tuple("abcdefg")
    sizes = [compiled_file(compiled, kind).stat().st_size for kind in ("int8", "litert")]
    assert sizes[0] < sizes[1]
    faces = np.random.default_rng(0).integers(0, 256, (64, 48, 48, 1), dtype=np.uint8)
    scores = small(faces)
    assert 0 < np.abs(scores - fast(faces)).max() < 0.05
    faces[1::2] = 255  # each image is rounded by its own range, not by the batch's
    np.testing.assert_array_equal(small(faces)[::2], scores[::2])
    np.testing.assert_array_equal(small(faces[:1]), scores[:1])


def test_a_network_answers_for_one_batch_size_after_the_other(compiled):
    network, _ = load_network(compiled)
    faces = np.random.default_rng(0).integers(0, 256, (8, 48, 48, 1), dtype=np.uint8)
    whole = network(faces)
    for count in (1, 5, 8, 2):
        np.testing.assert_allclose(network(faces[:count]), whole[:count], atol=1e-6)


def test_the_shipped_pair_agrees_on_a_thousand_faces():
    file = paths.best_dir() / "model.keras"
    faces = load("synthetic", n_train=1000, n_val=7, n_test=7).train.images[..., None]
    (fast, _), (plain, _) = load_network(file), load_network(file, "keras")
    assert fast.runtime == "litert" and len(faces) == 1000
    assert np.abs(fast(faces) - plain(faces)).max() <= 1e-4


def test_auto_falls_back_and_says_so(compiled, tmp_path, monkeypatch):
    alone = shutil.copy(compiled, tmp_path / "model.keras")
    assert load_network(alone)[0].runtime == "keras"  # no sibling: nothing to say
    with pytest.raises(ArtifactError, match="no file"):
        load_network(alone, "litert")
    shutil.copy(compiled_file(compiled), tmp_path / "model.tflite")
    assert load_network(alone)[0].runtime == "litert"
    found = compiled_file_module.importlib.util.find_spec
    monkeypatch.setattr(
        compiled_file_module.importlib.util,
        "find_spec",
        lambda n: None if n == "ai_edge_litert" else found(n),
    )
    with pytest.warns(RuntimeWarning, match="ai-edge-litert is not installed"):
        assert load_network(alone)[0].runtime == "keras"


def test_a_sibling_of_another_model_is_never_used(compiled, small_model, tmp_path):
    other = artifacts.export(small_model, tmp_path / "model.keras", tuple("abcdefg"))
    shutil.copy(compiled_file(compiled), tmp_path / "model.tflite")
    with pytest.warns(RuntimeWarning, match="made from another model"):
        assert load_network(other)[0].runtime == "keras"
    with pytest.raises(ArtifactError, match="promote the run again"):
        load_network(other, "litert")
    (tmp_path / "model.tflite").write_bytes(b"not compiled at all")
    with pytest.raises(ArtifactError, match="does not say which model"):
        load_network(other, "litert")


def test_unknown_runtime_and_missing_model(tmp_path):
    with pytest.raises(ValueError, match="'onnx'"):
        load_network(tmp_path / "model.keras", "onnx")
    with pytest.raises(ArtifactError, match="no such file"):
        load_network(tmp_path / "model.keras")


def test_no_tensorflow_on_the_way_to_a_prediction(photograph):
    code = (
        "import sys; from emotion_lib.inference.predictor import Predictor; p = Predictor.load();"
        f"print(p.predict({str(photograph)!r})[0].label, p.network.runtime);"
        "assert not {'tensorflow', 'keras', 'pandas', 'matplotlib', 'sklearn', 'cv2'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["happy", "litert"]
