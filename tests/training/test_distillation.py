import keras
import numpy as np
import pytest

from emotion_lib.datasets import Split
from emotion_lib.datasets.transforms import Framing, one_hot
from emotion_lib.evaluation import evaluate
from emotion_lib.training import distillation

FRAMING = Framing()


@pytest.fixture
def split(dataset):
    """Return the first four training images."""
    return dataset.train.take(np.arange(4))


@pytest.fixture
def teach(dataset, split, tmp_path):
    """Return a function that calls ``teach`` on these images with a cache of the test."""

    def call(teachers, transform=FRAMING, **options):
        return distillation.teach(
            teachers, split, dataset.class_names, tmp_path, transform=transform, **options
        )

    return call


@pytest.fixture
def asked(monkeypatch):
    """Note the teachers that are evaluated; return the list of them."""
    models = []

    def noting_evaluate(model, *arguments, **options):
        models.append(model)
        return evaluate(model, *arguments, **options)

    monkeypatch.setattr(distillation, "evaluate", noting_evaluate)
    return models


def test_every_view_has_the_teachers_probabilities_for_it(small_model, dataset, split, teach):
    distilled = teach([small_model], views=3, hard=0.25)
    assert distilled.images.shape == (12, 48, 48)
    assert distilled.images.dtype == np.uint8
    np.testing.assert_allclose(distilled.labels.sum(1), 1, atol=1e-5)
    assert (distilled.images[:4] != distilled.images[4:8]).any()
    second_view = Split(distilled.images[4:8], split.labels)
    scores = evaluate(small_model, second_view, dataset.class_names, flip=True).y_score
    expected = 0.25 * one_hot(split, 7).labels + 0.75 * scores
    np.testing.assert_allclose(distilled.labels[4:8], expected, atol=1e-5)


def test_a_view_is_computed_once(small_model, teach, asked):
    first = teach([small_model], views=2)
    asked.clear()
    more = teach([small_model], views=3)
    assert len(asked) == 1  # for the third view
    np.testing.assert_array_equal(more.images[:8], first.images)
    teach([small_model], transform=Framing(scale=0.3), views=2)
    assert len(asked) == 3


def test_one_more_teacher_is_asked_alone(small_model, dataset, split, teach, asked):
    other = keras.models.clone_model(small_model)
    teach([small_model], views=2)
    asked.clear()
    distilled = teach([small_model, other], views=2, hard=0)
    assert asked == [other, other]
    first_view = Split(distilled.images[:4], split.labels)
    scores = []
    for model in (small_model, other):
        scores.append(evaluate(model, first_view, dataset.class_names, flip=True).y_score)
    np.testing.assert_allclose(distilled.labels[:4], np.mean(scores, axis=0), atol=1e-6)


def test_without_teachers_there_is_an_error(teach):
    with pytest.raises(ValueError, match="one teacher"):
        teach([])
