import keras
import numpy as np
import pytest
import skimage.feature
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from emotion_lib import paths
from emotion_lib.datasets import cached_rows
from emotion_lib.models import facenet, features


def gratings(n=8, size=48):
    """Return stripes, vertical in the first half of the images and horizontal in the second."""
    stripes = np.tile((np.arange(size) // 4 % 2 * 255).astype(np.uint8), (size, 1))
    return np.stack([stripes] * (n // 2) + [stripes.T] * (n // 2))


def cache_folders():
    return list((paths.data_dir() / "cache").iterdir())


def test_hog_distinguishes_directions():
    vectors = features.hog(gratings())
    assert vectors.shape == (8, 5 * 5 * 4 * 9)
    assert vectors.dtype == np.float32
    assert (vectors[0] == vectors[3]).all()
    assert np.linalg.norm(vectors[0] - vectors[7]) > 1
    assert features.hog(gratings(), cell=6).shape == (8, 7 * 7 * 4 * 9)


def test_the_cache_depends_on_content_and_options(monkeypatch):
    images = gratings()
    first = features.hog(images)
    (folder,) = cache_folders()
    assert folder.name.startswith("features-hog-")
    monkeypatch.setattr(skimage.feature, "hog", None)  # computing again would fail
    np.testing.assert_array_equal(features.hog(images.copy()), first)
    images[0, 0, 0] ^= 1
    with pytest.raises(TypeError):
        features.hog(images)
    with pytest.raises(TypeError):
        features.hog(gratings(), cell=6)


def test_hog_of_colour_and_of_tiny_images_is_refused():
    with pytest.raises(ValueError, match=r"gray pictures.*\(2, 48, 48, 3\)"):
        features.hog(np.zeros((2, 48, 48, 3), np.uint8))
    with pytest.raises(ValueError, match="at least 16 px"):
        features.hog(np.zeros((2, 12, 12), np.uint8))


@pytest.mark.parametrize("classifier", [LogisticRegression(), LinearSVC()])
def test_scores_sum_to_one_and_rank_as_the_classifier_does(classifier):
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 20)
    vectors = np.eye(3)[labels] + rng.normal(0, 0.1, (60, 3))
    scores = features.scores(classifier.fit(vectors, labels), vectors)
    assert scores.shape == (60, 3)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores.sum(1), 1, atol=1e-5)
    assert (scores.argmax(1) == classifier.predict(vectors)).all()


@pytest.fixture
def calls(monkeypatch):
    """Replace FaceNet by a function that notes the sizes of its batches; return these."""
    sizes = []

    def network(weights, standardization):
        def embed(faces):
            sizes.append(len(faces))
            return np.eye(512, dtype=np.float32)[faces[:, 0, 0]]

        return embed

    monkeypatch.setattr(facenet, "facenet", network)
    return sizes


def test_face_embeddings_are_computed_once_per_network(calls, monkeypatch, tmp_path):
    faces = np.zeros((300, 48, 48), np.uint8)
    faces[:, 0, 0] = np.arange(300) % 256
    graph = tmp_path / "graph.pb"
    graph.write_bytes(b"weights")
    vectors = features.face_embeddings(faces, graph)
    assert calls == [256, 44]
    assert (vectors.argmax(1) == faces[:, 0, 0]).all()
    features.face_embeddings(faces, graph)
    assert calls == [256, 44]
    graph.write_bytes(b"WEIGHTS")  # others of the same size and name
    features.face_embeddings(faces, graph)
    assert len(calls) == 4
    (tmp_path / "copy.pb").write_bytes(b"WEIGHTS")
    features.face_embeddings(faces, tmp_path / "copy.pb")
    assert len(calls) == 4
    # The code around the weights counts too, such as the standardisation.
    monkeypatch.setattr(features.cache, "version", lambda *modules, packages: "0" * 8)
    features.face_embeddings(faces, graph)
    assert len(calls) == 6


def test_face_embeddings_without_the_network_are_refused(tmp_path):
    with pytest.raises(facenet.WeightsError, match="no such file"):
        features.face_embeddings(np.zeros((1, 48, 48), np.uint8), tmp_path / "none.pb")


def test_an_interrupted_computation_continues(monkeypatch):
    """A call interrupted in its third part keeps two; the next computes the third and cleans up."""
    monkeypatch.setattr(cached_rows, "_PART", 256)
    images = np.arange(600, dtype=np.uint32).view(np.uint8).reshape(600, 2, 2)
    sizes = []

    def describe(faces):
        sizes.append(len(faces))
        if len(sizes) == 3:
            raise KeyboardInterrupt
        return faces.reshape(len(faces), -1).astype(np.float32)

    with pytest.raises(KeyboardInterrupt):
        features._cached("trial", images, {}, describe, "0" * 8)
    vectors = features._cached("trial", images, {}, describe, "0" * 8)
    assert sizes == [256, 256, 88, 88]
    np.testing.assert_array_equal(vectors, images.reshape(600, -1))
    assert [folder.name.startswith("features-trial-") for folder in cache_folders()] == [True]


def random_images(size):
    return np.random.default_rng(0).integers(0, 256, (5, size, size)).astype(np.uint8)


def test_penultimate_features_are_the_input_of_the_last_layer(small_model):
    images = random_images(48)
    vectors = features.penultimate(small_model, images)
    kernel, bias = small_model.layers[-1].get_weights()
    exponentials = np.exp(np.asarray(vectors, np.float64) @ kernel + bias)
    expected = exponentials / exponentials.sum(1, keepdims=True)
    np.testing.assert_allclose(np.asarray(small_model(images[..., None])), expected, atol=1e-5)


def test_penultimate_features_change_with_the_weights(small_model):
    model = keras.models.clone_model(small_model)
    vectors = features.penultimate(model, random_images(48))
    first = next(layer for layer in model.layers if layer.weights)
    first.set_weights([weights + 1 for weights in first.get_weights()])
    assert not np.allclose(features.penultimate(model, random_images(48)), vectors)


def test_networks_with_equal_weights_are_distinguished():
    def network(activation):
        keras.utils.set_random_seed(0)
        layers = [
            keras.layers.Flatten(),
            keras.layers.Dense(4, activation, name="inner"),
            keras.layers.Dense(2, name="last"),
        ]
        return keras.Sequential([keras.Input((4, 4, 1)), *layers])

    images = random_images(4)
    assert (features.penultimate(network("linear"), images) < 0).any()
    assert (features.penultimate(network("relu"), images) >= 0).all()
