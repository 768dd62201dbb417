import numpy as np
import pytest
from conftest import drawn_texts

from emotion_lib import plots
from emotion_lib.datasets import Split
from emotion_lib.evaluation import Evaluation

IMAGES = np.zeros((30, 8, 8), np.uint8)


def titles_of(figure):
    """Return the titles of the pictures that have a label."""
    return [text for text in drawn_texts(figure) if "label" in text]


@pytest.mark.parametrize("shape", [(5, 48, 48), (5, 48, 48, 1), (5, 48, 48, 3)])
def test_gallery_takes_gray_and_colour(shape):
    titles = [f"p{i}" for i in range(5)]
    assert "p4" in drawn_texts(plots.gallery(np.zeros(shape, np.uint8), titles, columns=3))


def test_examples_have_one_row_per_class(dataset):
    texts = drawn_texts(plots.examples(dataset.train, dataset.class_names, columns=3))
    titles = [text for text in texts if text]
    assert titles[:4] == ["angry"] * 3 + ["disgust"]


def test_confident_mistakes_begin_with_the_most_confident(single_label):
    titles = titles_of(plots.confident_mistakes(single_label, IMAGES, count=5))
    highest = single_label.y_score.max(axis=1)[~single_label.correct].max()
    assert len(titles) == 5
    assert f"{highest:.0%}" in titles[0]


def test_no_mistakes_no_pictures():
    perfect = Evaluation(np.arange(3), np.eye(3), ("a", "b", "c"))
    assert titles_of(plots.confident_mistakes(perfect, IMAGES[:3])) == []


def test_multi_label_titles_name_all_labels(multi_label):
    titles = titles_of(plots.predictions(multi_label, IMAGES, count=30))
    assert len(titles) == 30
    assert any("label: a, b" in title for title in titles)
    split = Split(IMAGES, multi_label.y_true)
    texts = drawn_texts(plots.examples(split, multi_label.class_names, columns=2))
    rows = [text for text in texts if text]
    assert all("c" in title.split("\n") for title in rows[4:6])


def test_multi_label_mistakes_are_wrongly_predicted_labels(multi_label):
    wrong = multi_label.y_pred & ~multi_label.y_true
    titles = titles_of(plots.confident_mistakes(multi_label, IMAGES, count=30))
    assert len(titles) == wrong.any(axis=1).sum()
