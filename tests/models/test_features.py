import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from emotion_lib import paths
from emotion_lib.datasets import cached_rows
from emotion_lib.models import features


def gratings(n=8, size=48):
    """Stripes, upright in the first half and lying in the second."""
    stripes = np.tile((np.arange(size) // 4 % 2 * 255).astype(np.uint8), (size, 1))
    return np.stack([stripes] * (n // 2) + [stripes.T] * (n // 2))


def test_hog_tells_directions_apart():
    vectors = features.hog(gratings())
    assert vectors.shape == (8, 5 * 5 * 4 * 9) and vectors.dtype == np.float32
    assert (vectors[0] == vectors[3]).all() and np.linalg.norm(vectors[0] - vectors[7]) > 1
    assert features.hog(gratings(), cell=6).shape == (8, 7 * 7 * 4 * 9)


def test_the_cache_goes_by_content(monkeypatch):
    images = gratings()
    first = features.hog(images)
    (folder,) = (paths.data_dir() / "cache").iterdir()
    assert folder.name.startswith("features-hog-")
    import skimage.feature

    monkeypatch.setattr(skimage.feature, "hog", None)  # whoever computes again fails
    np.testing.assert_array_equal(features.hog(images.copy()), first)
    assert folder.is_dir()
    images[0, 0, 0] ^= 1
    with pytest.raises(TypeError):
        features.hog(images)
    with pytest.raises(TypeError):
        features.hog(gratings(), cell=6)


def test_what_hog_sees():
    picture = features.hog_picture(gratings()[0])
    assert picture.shape == (48, 48) and picture.dtype == np.uint8 and picture.max() == 255


def test_colour_and_tiny_pictures_are_refused():
    with pytest.raises(ValueError, match=r"gray pictures.*\(2, 48, 48, 3\)"):
        features.hog(np.zeros((2, 48, 48, 3), np.uint8))
    with pytest.raises(ValueError, match="at least 16 px"):
        features.hog(np.zeros((2, 12, 12), np.uint8))


@pytest.mark.parametrize("classifier", [LogisticRegression(), LinearSVC()])
def test_scores_are_shares_in_the_order_of_the_classifier(classifier):
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 20)
    vectors = np.eye(3)[labels] + rng.normal(0, 0.1, (60, 3))
    scores = features.scores(classifier.fit(vectors, labels), vectors)
    assert scores.shape == (60, 3) and scores.dtype == np.float32
    np.testing.assert_allclose(scores.sum(1), 1, atol=1e-5)
    assert (scores.argmax(1) == classifier.predict(vectors)).all()


def test_face_embeddings_are_computed_once(monkeypatch, tmp_path):
    from emotion_lib.models import facenet

    asked = []

    def network(weights, standardization):
        return lambda faces: (
            asked.append(len(faces)) or np.eye(512, dtype=np.float32)[faces[:, 0, 0]]
        )

    monkeypatch.setattr(facenet, "facenet", network)
    (tmp_path / "graph.pb").write_bytes(b"weights")
    faces = np.zeros((300, 48, 48), np.uint8)
    faces[:, 0, 0] = np.arange(300) % 256
    vectors = features.face_embeddings(faces, tmp_path / "graph.pb")
    assert asked == [256, 44] and (vectors.argmax(1) == faces[:, 0, 0]).all()
    features.face_embeddings(faces, tmp_path / "graph.pb")
    assert asked == [256, 44]
    (tmp_path / "graph.pb").write_bytes(b"WEIGHTS")  # other ones of the same size and name
    features.face_embeddings(faces, tmp_path / "graph.pb")
    assert len(asked) == 4
    (tmp_path / "copy.pb").write_bytes(b"WEIGHTS")
    features.face_embeddings(faces, tmp_path / "copy.pb")
    assert len(asked) == 4
    # The code around the weights counts too, such as the standardisation.
    monkeypatch.setattr(features.cache, "version", lambda *modules, packages: "0" * 8)
    features.face_embeddings(faces, tmp_path / "graph.pb")
    assert len(asked) == 6
    with pytest.raises(facenet.WeightsError, match="no such file"):
        features.face_embeddings(faces, tmp_path / "none.pb")


def test_an_interrupted_description_goes_on(monkeypatch):
    """With parts of 256: a call that dies in the third keeps two; the next computes the third alone and cleans up."""
    monkeypatch.setattr(cached_rows, "_PART", 256)
    images = np.arange(600, dtype=np.uint32).view(np.uint8).reshape(600, 2, 2)
    seen = []

    def describe(faces):
        seen.append(len(faces))
        if len(seen) == 3:
            raise KeyboardInterrupt
        return faces.reshape(len(faces), -1).astype(np.float32)

    with pytest.raises(KeyboardInterrupt):
        features._cached("trial", images, {}, describe, "0" * 8)
    vectors = features._cached("trial", images, {}, describe, "0" * 8)
    assert seen == [256, 256, 88, 88]
    np.testing.assert_array_equal(vectors, images.reshape(600, -1))
    assert len(list((paths.data_dir() / "cache").glob("features-trial-*"))) == 1


def test_penultimate_features_are_what_the_last_layer_is_given():
    import keras

    from emotion_lib.models.sequential_cnn import sequential_cnn

    model = sequential_cnn(widths=(4, 8))
    images = np.random.default_rng(0).integers(0, 256, (5, 48, 48)).astype(np.uint8)
    vectors = features.penultimate(model, images)
    kernel, bias = (np.asarray(w) for w in model.layers[-1].get_weights())
    logits = np.asarray(vectors, np.float64) @ kernel + bias
    expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(np.asarray(model(images[..., None])), expected, atol=1e-5)
    model.layers[0].set_weights(model.layers[0].get_weights())
    first = next(layer for layer in model.layers if layer.weights)
    first.set_weights([w + 1 for w in first.get_weights()])
    keras.utils.clear_session()
    assert not np.allclose(features.penultimate(model, images), vectors)


def test_networks_of_the_same_weights_are_told_apart():
    import keras

    def network(activation):
        keras.utils.set_random_seed(0)
        layers = [
            keras.layers.Flatten(),
            keras.layers.Dense(4, activation, name="inner"),
            keras.layers.Dense(2, name="last"),
        ]
        return keras.Sequential([keras.Input((4, 4, 1)), *layers])

    images = np.random.default_rng(0).integers(0, 256, (5, 4, 4)).astype(np.uint8)
    vectors = [
        features.penultimate(network(activation), images) for activation in ("linear", "relu")
    ]
    assert (vectors[0] < 0).any() and (vectors[1] >= 0).all()
