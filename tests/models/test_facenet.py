import keras
import numpy as np
import pytest
import tensorflow as tf

from emotion_lib.models import facenet as module
from emotion_lib.models.facenet import facenet, standardised
from emotion_lib.models.weights import WeightsError


@pytest.fixture
def graph_file(tmp_path):
    """A small graph of FaceNet's kind, folded for one face a call as the package's is."""
    with tf.Graph().as_default() as graph:
        faces = tf.compat.v1.placeholder(tf.float32, [None, 160, 160, 3], "input")
        pooled = tf.nn.avg_pool2d(faces, 40, 40, "VALID")
        flat = tf.reshape(pooled, tf.constant([1, -1], name="flatten_shape"))
        rng = np.random.default_rng(0)
        product = tf.matmul(flat, tf.constant(rng.normal(size=(48, 8)).astype(np.float32)))
        shaped = tf.reshape(product, tf.constant([1, 8], name="output_shape"))
        tf.math.l2_normalize(shaped, axis=1, name="normalized")
        tf.identity(graph.get_tensor_by_name("normalized:0"), "embeddings")
    path = tmp_path / "graph.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    return path


def test_many_faces_give_what_each_gives_alone(graph_file):
    faces = np.random.default_rng(0).integers(0, 256, (70, 48, 48), dtype=np.uint8)
    embed = facenet(graph_file)
    vectors = embed(faces)
    assert vectors.shape == (70, 8) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(vectors[40], embed(faces[40:41])[0], atol=1e-5)
    assert np.linalg.norm(vectors[0] - vectors[1]) > 0.1


def test_faces_are_standardised_by_fixed_numbers_as_the_packages_network_was_trained(graph_file):
    faces = np.stack([np.zeros((48, 48), np.uint8), np.full((48, 48), 255, np.uint8)])
    pixels = standardised(faces)
    assert pixels.shape == (2, 160, 160, 3) and pixels.dtype == np.float32
    np.testing.assert_allclose(pixels[:, 0, 0, 0], [-127.5 / 128, 127.5 / 128])
    other = np.random.default_rng(0).integers(0, 256, (3, 48, 48), dtype=np.uint8)
    fixed, each = (facenet(graph_file, kind)(other) for kind in ("fixed", "per image"))
    np.testing.assert_array_equal(fixed, facenet(graph_file)(other))
    assert np.abs(fixed - each).max() > 1e-3
    with pytest.raises(ValueError, match="Expected a standardization"):
        standardised(other, "whitened")


def test_faces_may_be_standardised_one_by_one():
    faces = np.stack(
        [np.tile(np.arange(0, 240, 5, dtype=np.uint8), (48, 1)), np.full((48, 48), 7, np.uint8)]
    )
    pixels = standardised(faces, "per image")
    assert pixels.shape == (2, 160, 160, 3) and pixels.dtype == np.float32
    assert abs(pixels[0].mean()) < 1e-3 and pixels[0].std() == pytest.approx(1, abs=1e-3)
    assert (pixels[1] == 0).all()  # one flat colour: no division by zero
    colour = np.repeat(faces[..., None], 3, axis=3)
    np.testing.assert_array_equal(standardised(colour, "per image"), pixels)


def test_what_is_missing_or_no_graph(graph_file, tmp_path, monkeypatch):
    with pytest.raises(WeightsError, match=r"no such file(?s:.*)make facenet"):
        facenet(tmp_path / "none.pb")
    (tmp_path / "text.pb").write_text("not a graph at all")
    with pytest.raises(WeightsError, match="Expected a frozen FaceNet"):
        facenet(tmp_path / "text.pb")
    with tf.Graph().as_default() as other:
        tf.compat.v1.placeholder(tf.float32, [1], "x")
    (tmp_path / "other.pb").write_bytes(other.as_graph_def().SerializeToString())
    with pytest.raises(WeightsError, match="Expected a frozen FaceNet"):
        facenet(tmp_path / "other.pb")
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WeightsError, match="make facenet"):
        facenet()


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_keras_model_by_its_path(tmp_path, suffix):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((160, 160, 3)), keras.layers.AveragePooling2D(40), keras.layers.Flatten()]
    )
    model.add(keras.layers.Dense(16))
    model.save(tmp_path / f"model{suffix}")
    faces = np.random.default_rng(0).integers(0, 256, (40, 48, 48), dtype=np.uint8)
    vectors = facenet(tmp_path / f"model{suffix}")(faces)
    raw = np.asarray(model(standardised(faces)))
    np.testing.assert_allclose(vectors, raw / np.linalg.norm(raw, axis=1, keepdims=True), atol=1e-5)
    other = keras.Sequential([keras.Input((48, 48, 1)), keras.layers.Flatten()])
    other.save(tmp_path / f"other{suffix}")
    with pytest.raises(WeightsError, match=r"faces \(160, 160, 3\).*Received: \(48, 48, 1\)"):
        facenet(tmp_path / f"other{suffix}")
    (tmp_path / f"broken{suffix}").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="whole FaceNet"):
        facenet(tmp_path / f"broken{suffix}")
