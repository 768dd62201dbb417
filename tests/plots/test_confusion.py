import numpy as np
from conftest import drawn_texts

from emotion_lib import plots
from emotion_lib.evaluation import Evaluation


def test_confusion_matrix_shows_row_percentages(single_label):
    texts = drawn_texts(plots.confusion_matrix(single_label, "title"))
    matrix = single_label.confusion_matrix
    assert f"{100 * matrix[0, 1] / matrix[0].sum():.0f}" in texts
    assert "title" in texts


def test_a_class_without_images_has_an_empty_row():
    evaluation = Evaluation(np.zeros(2, int), np.eye(2), ("a", "b"))
    texts = drawn_texts(plots.confusion_matrix(evaluation))
    assert texts[:4] == ["50", "50", "0", "0"]


def test_co_occurrence_shows_each_true_label_with_each_predicted(multi_label):
    texts = drawn_texts(plots.co_occurrence(multi_label, "title"))
    share = multi_label.co_occurrence[0, 1] / multi_label.y_true[:, 0].sum()
    assert f"{100 * share:.0f}" in texts
    assert "title" in texts


def test_one_matrix_per_label(multi_label):
    texts = drawn_texts(plots.label_confusions(multi_label))
    assert {"a", "b", "c"} <= set(texts)
    assert str(multi_label.confusion_matrix[0, 1, 1]) in texts
