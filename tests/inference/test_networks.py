import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest

from emotion_lib import paths
from emotion_lib.artifacts import ArtifactError
from emotion_lib.datasets import load
from emotion_lib.errors import ModelError
from emotion_lib.inference.compiled_file import compiled_file
from emotion_lib.inference.network_checks import check_network
from emotion_lib.inference.networks import KerasNetwork, load_network
from emotion_lib.inference.predictor import Predictor

CLASS_NAMES = tuple("abcdefg")


def faces(count):
    rng = np.random.default_rng(count)
    return rng.integers(0, 256, (count, 48, 48, 1), dtype=np.uint8)


@pytest.mark.parametrize("count", [1, 3, 64, 2])
def test_both_engines_give_the_same(compiled_model, count):
    fast, names = load_network(compiled_model, "litert")
    plain, same_names = load_network(compiled_model, "keras")
    assert (fast.runtime, plain.runtime) == ("litert", "keras")
    assert names == same_names == CLASS_NAMES
    for network in (fast, plain):
        assert network.input_shape == (48, 48, 1)
        assert network.num_classes == 7
    scores = fast(faces(count))
    assert scores.shape == (count, 7)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, plain(faces(count)), atol=1e-4)


def test_weights_of_8_bits_are_smaller_and_nearly_the_same(compiled_model):
    small, names = load_network(compiled_model, "int8")
    fast, _ = load_network(compiled_model, "litert")
    assert small.runtime == "int8"
    assert names == CLASS_NAMES
    small_bytes = compiled_file(compiled_model, "int8").stat().st_size
    assert small_bytes < compiled_file(compiled_model).stat().st_size
    assert 0 < np.abs(small(faces(64)) - fast(faces(64))).max() < 0.05


def test_weights_of_8_bits_answer_for_each_face_alone(compiled_model):
    """Each face is rounded by its own range, not by the batch's."""
    network, _ = load_network(compiled_model, "int8")
    batch = faces(64)
    scores = network(batch)
    batch[1::2] = 255
    np.testing.assert_array_equal(network(batch)[::2], scores[::2])
    np.testing.assert_array_equal(network(batch[:1]), scores[:1])


def test_the_shipped_pair_agrees_on_a_thousand_faces():
    file = paths.best_dir() / "model.keras"
    drawn = load("synthetic", n_train=250, n_val=7, n_test=7).train.images[..., None]
    images = np.concatenate([np.rot90(drawn, turns, axes=(1, 2)) for turns in range(4)])
    fast, _ = load_network(file)
    plain, _ = load_network(file, "keras")
    assert fast.runtime == "litert"
    assert len(images) == 1000
    assert np.abs(fast(images) - plain(images)).max() <= 1e-4


def test_half_precision_gives_probabilities_in_float32():
    pixels = keras.Input((4, 4, 1))
    x = keras.layers.Flatten()(pixels)
    head = keras.layers.Dense(7, "softmax", dtype="float16")
    network = KerasNetwork(keras.Model(pixels, head(x)))
    check_network(network, CLASS_NAMES)
    scores = network(np.full((2, 4, 4, 1), 200, np.uint8))
    assert scores.dtype == np.float32


def test_unknown_engine():
    with pytest.raises(ValueError, match="'onnx'"):
        load_network(paths.best_dir() / "model.keras", "onnx")


def test_a_model_that_is_missing(tmp_path):
    with pytest.raises(ArtifactError, match="no such file"):
        load_network(tmp_path / "model.keras")


def test_a_file_that_keras_refuses_has_the_reason_alone(compiled_model, tmp_path, recwarn):
    shutil.copy(compiled_file(compiled_model), tmp_path / "model.tflite")
    (tmp_path / "model.onnx").write_bytes(b"of another format")
    with pytest.raises(ArtifactError, match="of another format"):
        load_network(tmp_path / "model.onnx")
    assert not recwarn.list


def test_a_prediction_imports_no_tensorflow(photograph):
    code = (
        "import sys\n"
        "from emotion_lib.inference.predictor import Predictor\n"
        "predictor = Predictor.load()\n"
        f"print(predictor.predict({str(photograph)!r})[0].label, predictor.network.runtime)\n"
        "heavy = {'tensorflow', 'keras', 'pandas', 'matplotlib', 'sklearn', 'cv2'}\n"
        "assert not heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["happy", "litert"]


def test_a_sibling_alone_is_whole_but_does_not_know_its_classes(compiled_model, tmp_path):
    for kind in ("litert", "int8"):
        file = compiled_file(compiled_model, kind)
        network, names = load_network(file)
        assert (network.runtime, names) == (kind, None)
        with pytest.raises(ModelError, match=f"Expected the runtime {kind} or auto"):
            load_network(file, "keras")
    content = bytearray(compiled_file(compiled_model).read_bytes())
    content[len(content) // 2] ^= 1
    damaged = tmp_path / "model.tflite"
    damaged.write_bytes(content)
    with pytest.raises(ArtifactError, match="is damaged; export it again"):
        load_network(damaged)
    damaged.write_bytes(b"TFL3 of another program")
    with pytest.raises(ArtifactError, match="does not say which model"):
        load_network(damaged)
    with pytest.raises(ArtifactError, match="no file"):
        load_network(tmp_path / "none.tflite")


def test_the_shipped_siblings_have_the_record_of_their_model():
    predictor = Predictor.load(paths.best_dir() / "model.int8.tflite")
    assert predictor.network.runtime == "int8"
    # Each form has a threshold of its own.
    assert predictor.threshold != Predictor.UNCALIBRATED_THRESHOLD
    assert predictor.threshold == pytest.approx(Predictor.load().threshold, abs=0.02)
