import keras
import numpy as np
import pytest

from emotion_lib.datasets import Split
from emotion_lib.evaluation import Evaluation, evaluate, mean
from emotion_lib.models.sequential_cnn import sequential_cnn


def test_evaluate_runs_the_model_over_a_split(small_model, dataset):
    result = evaluate(small_model, dataset.test, dataset.class_names, batch_size=8)
    expected = np.asarray(small_model(dataset.test.images[..., None]))
    np.testing.assert_allclose(result.y_score, expected, atol=1e-5)
    assert np.array_equal(result.y_true, dataset.test.labels)


def test_a_model_is_compiled_once_and_follows_its_weights(dataset, monkeypatch):
    """The compiled function belongs to the folded copy, so the copy must stay the same one."""
    calls = []
    predict = keras.Model.predict_on_batch

    def recorded(self, batch):
        calls.append((self, batch.shape))
        return predict(self, batch)

    monkeypatch.setattr(keras.Model, "predict_on_batch", recorded)
    model = sequential_cnn(widths=(4,))
    for _ in range(2):
        model.set_weights([weights + 0.1 for weights in model.get_weights()])
        for batch_size in (16, 16, 256):
            result = evaluate(model, dataset.val, dataset.class_names, batch_size=batch_size)
            expected = np.asarray(model(dataset.val.images[..., None]))
            np.testing.assert_allclose(result.y_score, expected, atol=1e-5)
        # Another architecture in the same object: the old copy must not answer for it.
        model.layers[-1].activation = keras.activations.sigmoid
    assert len({id(network) for network, _ in calls}) == 2
    assert {shape for _, shape in calls} == {(16, 48, 48, 1), (32, 48, 48, 1)}


def test_classes_unknown_to_the_model_count_as_wrong(small_model, dataset):
    names = ("contempt", *dataset.class_names[::-1])  # in another order, too
    new_index = np.array([names.index(name) for name in dataset.class_names])
    labels = np.append(new_index[dataset.val.labels[:-1]], 0)
    split = Split(dataset.val.images, labels)
    known = evaluate(small_model, dataset.val, dataset.class_names)
    wider = evaluate(small_model, split, dataset.class_names, label_names=names)
    assert wider.class_names == names
    assert wider.recall["contempt"] == 0
    assert not wider.y_score[:, 0].any()
    np.testing.assert_array_equal(wider.correct[:-1], known.correct[:-1])
    with pytest.raises(ValueError, match="Pass label_names"):
        evaluate(small_model, split, dataset.class_names)
    with pytest.raises(ValueError, match=r"without \['surprise'\]"):
        evaluate(small_model, dataset.val, dataset.class_names, label_names=names[:1] + names[2:])


def test_flip_averages_image_and_mirror_image(small_model, dataset):
    images = dataset.test.images[..., None]
    expected = (np.asarray(small_model(images)) + np.asarray(small_model(images[:, :, ::-1]))) / 2
    result = evaluate(small_model, dataset.test, dataset.class_names, flip=True)
    np.testing.assert_allclose(result.y_score, expected, atol=1e-5)


def test_ten_crops_average_corners_centre_and_mirror_images(small_model, dataset):
    split = dataset.test.take(np.arange(3))
    names = dataset.class_names
    ten_crops = evaluate(small_model, split, names, flip=True, crop=40).y_score
    np.testing.assert_allclose(ten_crops.sum(axis=1), 1, atol=1e-5)
    whole_image = evaluate(small_model, split, names, flip=True).y_score
    assert np.abs(ten_crops - whole_image).max() > 1e-5
    as_large = evaluate(small_model, split, names, flip=True, crop=48).y_score
    np.testing.assert_allclose(as_large, whole_image, atol=1e-5)
    with pytest.raises(ValueError, match="at most 48 px"):
        evaluate(small_model, split, names, crop=49)


def test_bfloat16_is_close_to_float32(small_model, dataset):
    exact = evaluate(small_model, dataset.test, dataset.class_names)
    quick = evaluate(small_model, dataset.test, dataset.class_names, precision="mixed_bfloat16")
    np.testing.assert_allclose(quick.y_score, exact.y_score, atol=0.02)


def test_an_ensemble_has_the_mean_probabilities_of_its_members():
    labels = np.array([0, 1])
    first = Evaluation(labels, np.eye(2), ("a", "b"))
    second = Evaluation(labels, np.full((2, 2), 0.5), ("a", "b"))
    np.testing.assert_allclose(mean([first, second]).y_score, [[0.75, 0.25], [0.25, 0.75]])
    with pytest.raises(ValueError, match="same images"):
        mean([first, Evaluation(np.array([1, 1]), np.eye(2), ("a", "b"))])
