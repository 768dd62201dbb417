import keras
import numpy as np
import pytest

from emotion_lib.datasets import Split
from emotion_lib.datasets.transforms import Framing, Mixing, one_hot
from emotion_lib.evaluation import evaluate
from emotion_lib.training import distillation

FRAMING = Framing()


@pytest.fixture
def split(dataset):
    """Return the first four training images."""
    return dataset.train.take(np.arange(4))


@pytest.fixture
def teach(dataset, split, tmp_path):
    """Return a function that calls ``teach`` for one head, with a cache of the test."""

    def call(teachers, transform=FRAMING, **options):
        lessons = [distillation.Lesson(transform, **options)]
        return distillation.teach([teachers], split, dataset.class_names, tmp_path, lessons)

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


MIXING = Mixing(alpha=1.0, cutmix=0.3)


def test_teachers_see_the_mixed_images(small_model, dataset, split, teach):
    mixed = teach([small_model], transform=MIXING, views=2, hard=0.0)
    assert (mixed.images[:4] != np.asarray(split.images)).any()
    view = Split(mixed.images, np.zeros(8, np.int64))
    scores = evaluate(small_model, view, dataset.class_names, flip=True).y_score
    np.testing.assert_allclose(mixed.labels, scores, atol=1e-5)


def test_without_teachers_the_true_labels_are_mixed_as_the_images_are(split, teach):
    plain = teach([], views=2)
    own = one_hot(split, 7).labels
    np.testing.assert_array_equal(plain.labels, np.tile(own, (2, 1)))
    mixed = teach([], transform=Mixing(alpha=0.0, cutmix=1.0), views=8)
    shares = mixed.labels.max(axis=1)
    assert ((shares > 0.5) & (shares < 1)).any()
    np.testing.assert_allclose(mixed.labels.sum(axis=1), 1, atol=1e-6)
    # A second call finds images and labels in the cache.
    np.testing.assert_array_equal(
        teach([], transform=Mixing(alpha=0.0, cutmix=1.0), views=8).labels, mixed.labels
    )


def test_other_labels_of_the_same_views_are_not_taken_from_the_cache(
    dataset, split, small_model, tmp_path
):
    lessons = [distillation.Lesson(MIXING, views=1, hard=0.0)]
    names = dataset.class_names
    first = distillation.teach([[]], split, names, tmp_path, lessons)
    other = Split(split.images, (split.labels + 1) % 7)
    second = distillation.teach([[]], other, names, tmp_path, lessons)
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_allclose(second.labels, np.roll(first.labels, 1, axis=1), atol=1e-6)


def test_images_are_mixed_with_any_other_in_several_draws(dataset, tmp_path):
    """A batch is no part of the data set's order, which may be that of the classes."""
    levels = np.repeat(np.arange(8, dtype=np.uint8) * 30, 48)
    images = np.broadcast_to(levels[:, None, None], (len(levels), 48, 48)).copy()
    split = Split(images, np.zeros(len(levels), np.int64))
    lessons = [distillation.Lesson(Mixing(alpha=0.0, cutmix=1.0), views=1)]
    mixed = distillation.teach([[]], split, dataset.class_names, tmp_path, lessons)
    other = mixed.images.reshape(len(levels), -1).astype(int) - levels[:, None]
    assert len(np.unique(other)) > 10  # pairs of all levels
    pasted = (other != 0).mean(axis=1)
    assert len(np.unique(pasted[pasted > 0])) == 3  # one rectangle per batch of 128


@pytest.fixture
def both(split):
    """Return the images with labels of two heads: their own, and equal shares."""
    labels = np.stack([np.eye(7)[split.labels], np.full((4, 7), 1 / 7)], axis=1)
    return Split(split.images, labels.astype(np.float32))


def test_each_head_has_its_own_teachers(dataset, both, small_model, tmp_path):
    other = keras.models.clone_model(small_model)
    lessons = distillation.function_matching(FRAMING, 2, 1, 0.25)
    names = dataset.class_names
    taught = distillation.teach([[small_model], [other]], both, names, tmp_path, lessons)
    assert taught.images.shape == (12, 48, 48)
    assert taught.labels.shape == (12, 2, 7)
    view = Split(taught.images, np.zeros(12, np.int64))
    for head, model in enumerate((small_model, other)):
        scores = evaluate(model, view, names, flip=True).y_score
        plain = 0.25 * np.tile(both.labels[:, head], (2, 1)) + 0.75 * scores[:8]
        np.testing.assert_allclose(taught.labels[:8, head], plain, atol=1e-5)
        np.testing.assert_allclose(taught.labels[8:, head], scores[8:], atol=1e-5)
    for teachers, given in (([[small_model]], lessons), ([[small_model], []], [])):
        with pytest.raises(ValueError, match="at least one view, and labels for each head"):
            distillation.teach(teachers, both, names, tmp_path, given)


def test_a_second_head_without_teachers_learns_the_votes(dataset, both, small_model, tmp_path):
    lessons = distillation.function_matching(FRAMING, 1, 1, 0.25)
    names = dataset.class_names
    taught = distillation.teach([[small_model], []], both, names, tmp_path, lessons)
    np.testing.assert_allclose(taught.labels[:, 1], 1 / 7, atol=1e-6)
    assert (taught.labels[:4, 0] != both.labels[:, 0]).any()
