import keras
import numpy as np
import pytest

from emotion_lib.datasets.transforms import Framing, one_hot
from emotion_lib.evaluation import evaluate
from emotion_lib.training import distillation
from emotion_lib.training.distillation import teach

FRAMING = Framing()


def test_every_view_comes_with_what_the_teachers_say_of_it(small_model, dataset, tmp_path):
    split = dataset.train.take(np.arange(10))
    taught = teach(
        [small_model], split, dataset.class_names, tmp_path, transform=FRAMING, views=3, hard=0.25
    )
    assert taught.images.shape == (30, 48, 48) and taught.images.dtype == np.uint8
    np.testing.assert_allclose(taught.labels.sum(1), 1, atol=1e-5)
    assert (taught.images[:10] != taught.images[10:20]).any()
    second = taught.take(np.arange(10, 20))
    said = evaluate(
        small_model, type(split)(second.images, split.labels), dataset.class_names, flip=True
    ).y_score
    np.testing.assert_allclose(
        second.labels, 0.25 * one_hot(split, 7).labels + 0.75 * said, atol=1e-5
    )


def test_a_view_is_made_once(small_model, dataset, tmp_path, monkeypatch):
    split = dataset.train.take(np.arange(4))
    first = teach([small_model], split, dataset.class_names, tmp_path, transform=FRAMING, views=2)
    asked = []
    monkeypatch.setattr(
        distillation, "evaluate", lambda *a, **k: asked.append(1) or evaluate(*a, **k)
    )
    again = teach([small_model], split, dataset.class_names, tmp_path, transform=FRAMING, views=3)
    assert len(asked) == 1  # the third view alone
    np.testing.assert_array_equal(again.images[:8], first.images)
    teach(
        [small_model], split, dataset.class_names, tmp_path, transform=Framing(scale=0.3), views=2
    )
    assert len(asked) == 3


def test_a_teacher_more_is_asked_alone(small_model, dataset, tmp_path, monkeypatch):
    split = dataset.train.take(np.arange(4))
    other = keras.models.clone_model(small_model)
    teach([small_model], split, dataset.class_names, tmp_path, transform=FRAMING, views=2)
    asked = []
    monkeypatch.setattr(
        distillation,
        "evaluate",
        lambda model, *a, **k: asked.append(model) or evaluate(model, *a, **k),
    )
    taught = teach(
        [small_model, other],
        split,
        dataset.class_names,
        tmp_path,
        transform=FRAMING,
        views=2,
        hard=0,
    )
    assert asked == [other, other]
    plain = type(split)(taught.images[:4], split.labels)
    said = [
        evaluate(model, plain, dataset.class_names, flip=True).y_score
        for model in (small_model, other)
    ]
    np.testing.assert_allclose(taught.labels[:4], np.mean(said, axis=0), atol=1e-6)


def test_nobody_is_taught_by_nobody(dataset, tmp_path):
    split = dataset.train.take(np.arange(4))
    with pytest.raises(ValueError, match="one teacher"):
        teach([], split, dataset.class_names, tmp_path, transform=FRAMING)
