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


def test_gray_and_colour_stand_in_one_gallery():
    images = [np.zeros((8, 8, 1), np.uint8), np.zeros((8, 8)), np.zeros((8, 8, 3), np.uint8)]
    figure = plots.gallery(images, columns=3)
    drawn_texts(figure)
    shapes = [axis.images[0].get_array().shape for axis in figure.axes]
    assert shapes == [(8, 8), (8, 8), (8, 8, 3)]


def test_examples_have_one_row_per_class_with_its_name(dataset):
    figure = plots.examples(dataset.train, dataset.class_names, columns=3)
    texts = drawn_texts(figure)
    assert [text for text in texts if text] == list(dataset.class_names)
    assert [axis.get_ylabel() for axis in figure.axes[::3]] == list(dataset.class_names)


@pytest.mark.parametrize("columns", [3, 7, 10])
def test_galleries_fit_into_a_notebook(columns):
    figure = plots.gallery(IMAGES[:20], columns=columns, rows=["above", "below"])
    assert figure.get_figwidth() < 10.01
    assert [figure.axes[0].get_ylabel(), figure.axes[columns].get_ylabel()] == ["above", "below"]


def test_partners_stand_side_by_side():
    left = np.full((5, 8, 8), 10, np.uint8)
    figure = plots.pairs(left, left + 90, [f"sad, happy\n0.{i}" for i in range(5)], columns=2)
    assert "sad, happy\n0.4" in drawn_texts(figure)
    assert figure.get_figwidth() < 10.01
    first, second = figure.axes[4].images
    assert (first.get_array().max(), second.get_array().max()) == (10, 100)
    assert first.get_extent()[1] < second.get_extent()[0]


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
    titles = [text for text in texts if text and text not in "abc"]
    assert all("c" in title for title in titles[4:6])


def test_multi_label_mistakes_are_wrongly_predicted_labels(multi_label):
    wrong = multi_label.y_pred & ~multi_label.y_true
    titles = titles_of(plots.confident_mistakes(multi_label, IMAGES, count=30))
    assert len(titles) == wrong.any(axis=1).sum()


def test_titles_name_the_surest_labels_within_the_figure():
    names = tuple(f"class {letter}" for letter in "abcdefgh")
    scores = np.tile(np.linspace(0.6, 0.95, 8), (14, 1))
    evaluation = Evaluation(np.ones((14, 8), bool), scores, names)
    figure = plots.predictions(evaluation, IMAGES[:14])
    title = titles_of(figure)[0]
    lines = [
        "class h 95%, class g",
        "90%, class f 85%, …",
        "label: class a,",
        "class b, class c, …",
    ]
    assert title.split("\n") == lines
    assert_no_overlap(figure)


def test_row_names_are_within_the_figure():
    figure = plots.gallery(IMAGES[:6], columns=3, rows=["neutral, shifted", "as it is"])
    drawn_texts(figure)
    for axis in figure.axes[::3]:
        assert axis.yaxis.label.get_window_extent().x0 >= 0


def assert_no_overlap(figure):
    """Check that titles are within the figure and over no picture."""
    pictures = [axis.get_window_extent() for axis in figure.axes]
    for axis in figure.axes:
        title = axis.title.get_window_extent()
        assert title.y1 <= figure.bbox.y1
        assert title.count_overlaps(pictures) == 0
