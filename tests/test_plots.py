import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from emotion_lib import plots
from emotion_lib.evaluation import Evaluation

SCORES = np.random.default_rng(0).dirichlet(np.ones(3), 30)
EVALUATION = Evaluation(np.arange(30) % 3, SCORES, ("a", "b", "c"))
HISTORY = pd.DataFrame(
    {
        "epoch": [0, 1, 2],
        "accuracy": [0.3, 0.5, 0.7],
        "val_accuracy": [0.3, 0.6, 0.5],
        "loss": [3, 2, 1],
        "val_loss": [3, 2, 2],
    }
)


def drawn(figure):
    """The figure's texts, after making sure that it draws."""
    assert isinstance(figure, Figure)
    figure.savefig(io.BytesIO())
    return [t.get_text() for axis in figure.axes for t in (*axis.texts, axis.title, axis.xaxis.label, axis.yaxis.label)]


def test_history_marks_the_best_epoch():
    figure = plots.history(HISTORY)
    drawn(figure)
    assert "chosen: epoch 2" in [t.get_text() for t in figure.axes[0].get_legend().get_texts()]


def test_confusion_matrix_shows_row_percentages():
    texts = drawn(plots.confusion_matrix(EVALUATION, "title"))
    matrix = EVALUATION.confusion_matrix
    assert f"{100 * matrix[0, 1] / matrix[0].sum():.0f}" in texts and "title" in texts


def test_confident_mistakes_are_mistakes_surest_first():
    images = np.zeros((30, 48, 48), np.uint8)
    titles = [t for t in drawn(plots.confident_mistakes(EVALUATION, images, count=5)) if "label" in t]
    wrong = EVALUATION.y_pred != EVALUATION.y_true
    surest = SCORES.max(1)[wrong].max()
    assert len(titles) == 5 and f"{surest:.0%}" in titles[0]


def test_no_mistakes_no_pictures():
    perfect = Evaluation(np.arange(3), np.eye(3), ("a", "b", "c"))
    assert not [t for t in drawn(plots.confident_mistakes(perfect, np.zeros((3, 48, 48), np.uint8))) if "label" in t]


def test_examples_one_row_a_class(dataset):
    texts = drawn(plots.examples(dataset.train, dataset.class_names, columns=3))
    assert [t for t in texts if t][:4] == ["angry"] * 3 + ["disgust"]


@pytest.mark.parametrize("shape", [(5, 48, 48), (5, 48, 48, 1), (5, 48, 48, 3)])
def test_gallery_takes_gray_and_colour(shape):
    assert "p4" in drawn(plots.gallery(np.zeros(shape, np.uint8), [f"p{i}" for i in range(5)], columns=3))


def test_recall():
    assert "recall" in drawn(plots.recall({"test": EVALUATION, "other": EVALUATION}))
