import keras
import numpy as np
import pytest
import tensorflow as tf

from emotion_lib.models import facenet as module
from emotion_lib.models.facenet import facenet, standardised
from emotion_lib.models.weights import WeightsError


@pytest.fixture
def graph_file(tmp_path):
    """Write a small graph like FaceNet's, folded for a batch of one as the package's graph is."""
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


def random_faces(n):
    return np.random.default_rng(0).integers(0, 256, (n, 48, 48), dtype=np.uint8)


def test_a_batch_of_faces_gives_the_same_vectors_as_single_faces(graph_file):
    faces = random_faces(70)
    embed = facenet(graph_file)
    vectors = embed(faces)
    assert vectors.shape == (70, 8)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(vectors[40], embed(faces[40:41])[0], atol=1e-5)
    assert np.linalg.norm(vectors[0] - vectors[1]) > 0.1


def test_pixels_are_standardised_by_fixed_numbers_by_default(graph_file):
    black_and_white = np.stack([np.zeros((48, 48), np.uint8), np.full((48, 48), 255, np.uint8)])
    pixels = standardised(black_and_white)
    assert pixels.shape == (2, 160, 160, 3)
    assert pixels.dtype == np.float32
    np.testing.assert_allclose(pixels[:, 0, 0, 0], [-127.5 / 128, 127.5 / 128])
    faces = random_faces(3)
    fixed = facenet(graph_file, "fixed")(faces)
    per_image = facenet(graph_file, "per image")(faces)
    np.testing.assert_array_equal(fixed, facenet(graph_file)(faces))
    assert np.abs(fixed - per_image).max() > 1e-3
    with pytest.raises(ValueError, match="Expected a standardization"):
        standardised(faces, "whitened")


def test_pixels_may_be_standardised_per_image():
    gradient = np.tile(np.arange(0, 240, 5, dtype=np.uint8), (48, 1))
    faces = np.stack([gradient, np.full((48, 48), 7, np.uint8)])
    pixels = standardised(faces, "per image")
    assert pixels.shape == (2, 160, 160, 3)
    assert pixels.dtype == np.float32
    assert abs(pixels[0].mean()) < 1e-3
    assert pixels[0].std() == pytest.approx(1, abs=1e-3)
    assert (pixels[1] == 0).all()  # one flat colour: no division by zero
    colour = np.repeat(faces[..., None], 3, axis=3)
    np.testing.assert_array_equal(standardised(colour, "per image"), pixels)


def test_missing_files_and_other_graphs_are_refused(graph_file, tmp_path, monkeypatch):
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
def test_a_keras_model_is_read_by_its_path(tmp_path, suffix):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.AveragePooling2D(40), keras.layers.Flatten(), keras.layers.Dense(16)]
    model = keras.Sequential([keras.Input((160, 160, 3)), *layers])
    model.save(tmp_path / f"model{suffix}")
    faces = random_faces(40)
    vectors = facenet(tmp_path / f"model{suffix}")(faces)
    raw = np.asarray(model(standardised(faces)))
    np.testing.assert_allclose(vectors, raw / np.linalg.norm(raw, axis=1, keepdims=True), atol=1e-5)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_other_keras_models_are_refused(tmp_path, suffix):
    model = keras.Sequential([keras.Input((48, 48, 1)), keras.layers.Flatten()])
    model.save(tmp_path / f"other{suffix}")
    with pytest.raises(WeightsError, match=r"faces \(160, 160, 3\).*Received: \(48, 48, 1\)"):
        facenet(tmp_path / f"other{suffix}")
    (tmp_path / f"broken{suffix}").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="whole FaceNet"):
        facenet(tmp_path / f"broken{suffix}")
