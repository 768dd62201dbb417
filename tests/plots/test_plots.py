import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from emotion_lib import plots
from emotion_lib.datasets import Split
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
    return [
        t.get_text()
        for axis in figure.axes
        for t in (*axis.texts, axis.title, axis.xaxis.label, axis.yaxis.label)
    ]


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
    titles = [
        t for t in drawn(plots.confident_mistakes(EVALUATION, images, count=5)) if "label" in t
    ]
    wrong = EVALUATION.y_pred != EVALUATION.y_true
    surest = SCORES.max(1)[wrong].max()
    assert len(titles) == 5 and f"{surest:.0%}" in titles[0]


def test_no_mistakes_no_pictures():
    perfect = Evaluation(np.arange(3), np.eye(3), ("a", "b", "c"))
    assert not [
        t
        for t in drawn(plots.confident_mistakes(perfect, np.zeros((3, 48, 48), np.uint8)))
        if "label" in t
    ]


def test_examples_one_row_a_class(dataset):
    texts = drawn(plots.examples(dataset.train, dataset.class_names, columns=3))
    assert [t for t in texts if t][:4] == ["angry"] * 3 + ["disgust"]


@pytest.mark.parametrize("shape", [(5, 48, 48), (5, 48, 48, 1), (5, 48, 48, 3)])
def test_gallery_takes_gray_and_colour(shape):
    assert "p4" in drawn(
        plots.gallery(np.zeros(shape, np.uint8), [f"p{i}" for i in range(5)], columns=3)
    )


def test_recall():
    assert "recall" in drawn(plots.recall({"test": EVALUATION, "other": EVALUATION}))


def test_growth_and_throughput_draw_every_group():
    rates = pd.DataFrame(
        {
            "network": ["a", "a", "b"],
            "variant": ["ours", "other", "ours"],
            "images_per_second": [3.0, 2.0, 1.0],
        }
    )
    figure = plots.throughput(
        rates.assign(q1=rates["images_per_second"], q3=rates["images_per_second"])
    )
    assert [axis.get_title() for axis in figure.axes] == ["a", "b"]
    table = pd.DataFrame(
        {"quantity": ["n"] * 2, "value": [1, 2], "seconds": [1, 2.0], "memory_mib": [5, 5.0]}
    )
    figure = plots.growth(table.assign(time_exponent=1.0, memory_exponent=0.0))
    assert [axis.get_title() for axis in figure.axes] == [
        "seconds ~ (n) ^ 1.00",
        "MiB ~ (n) ^ 0.00",
    ]


def test_cost_leaves_out_runs_without_a_training():
    board = {
        "run": ["01 a", "01 b", "04 c"],
        "accuracy": [0.5, 0.6, 0.6],
        "ci_low": [0.4, 0.5, 0.5],
        "ci_high": [0.6, 0.7, 0.7],
    }
    figure = plots.cost(pd.DataFrame({**board, "parameters": [10, 20, 20], "seconds": [60, 0, 60]}))
    assert [len(axis.containers) for axis in figure.axes] == [2, 3]
    heights = sorted(text.get_position()[1] for text in figure.axes[1].texts)
    assert (
        len(heights) == 3 and np.diff(heights).min() > 0.05 and heights[0] >= 0 and heights[-1] <= 1
    )


def test_differences_mark_what_is_unequal():
    pairs = {
        "first": ["a", "b"],
        "second": ["b", "a"],
        "difference": [0.01, -0.01],
        "p_value": [0.01, 0.2],
    }
    texts = [text.get_text() for text in plots.differences(pd.DataFrame(pairs)).axes[0].texts]
    assert "+1.0*" in texts and "-1.0" in texts
    pairs = {
        "first": ["b", "a"],
        "second": ["a", "b"],
        "difference": [0.01, -0.01],
        "p_value": [0.01, 0.2],
    }
    axis = plots.differences(pd.DataFrame(pairs)).axes[0]
    assert [tick.get_text() for tick in axis.get_yticklabels()] == [
        "1  b",
        "2  a",
    ]  # the table's order
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["1", "2"]


def test_differences_abridge_long_names():
    long = "14 student (" + "x" * 90 + ")"
    pairs = {
        "first": [long, "a"],
        "second": ["a", long],
        "difference": [0.01, -0.01],
        "p_value": [0.01, 0.2],
    }
    figure = plots.differences(pd.DataFrame(pairs))
    first = figure.axes[0].get_yticklabels()[0].get_text()
    assert (
        len(first) <= 43
        and first.startswith("1  14 student (x")
        and first.endswith("x)")
        and "…" in first
    )


# ---- several labels an image ----------------------------------------------------------------------------------------

LABELS = np.random.default_rng(1).random((30, 3)) < 0.4
MULTI = Evaluation(LABELS, np.clip(LABELS * 0.5 + SCORES / 2, 0, 1), ("a", "b", "c"))


def test_co_occurrence_shows_each_true_label_with_each_predicted():
    texts = drawn(plots.co_occurrence(MULTI, "title"))
    assert (
        f"{100 * MULTI.co_occurrence[0, 1] / LABELS[:, 0].sum():.0f}" in texts and "title" in texts
    )


def test_a_confusion_matrix_for_each_label():
    texts = drawn(plots.label_confusions(MULTI))
    assert {"a", "b", "c"} <= set(texts) and str(MULTI.confusion_matrix[0, 1, 1]) in texts


def test_average_precision_beside_prevalence():
    figure = plots.average_precision({"one": MULTI, "two": MULTI})
    drawn(figure)
    assert [t.get_text() for t in figure.axes[0].get_legend().get_texts()] == [
        "one",
        "two",
        "prevalence",
    ]
    heights = [bar.get_height() for bar in figure.axes[0].containers[0]]
    np.testing.assert_allclose(heights, list(MULTI.average_precision.values()))


def test_pictures_with_all_their_labels():
    images = np.zeros((30, 8, 8), np.uint8)
    titles = [t for t in drawn(plots.predictions(MULTI, images, count=30)) if "label" in t]
    assert len(titles) == 30 and any("label: a, b" in t for t in titles)
    wrong = MULTI.y_pred & ~LABELS
    mistakes = [t for t in drawn(plots.confident_mistakes(MULTI, images, count=30)) if "label" in t]
    assert len(mistakes) == wrong.any(axis=1).sum()
    split = Split(images, LABELS)
    rows = [t for t in drawn(plots.examples(split, MULTI.class_names, columns=2)) if t]
    assert all("c" in title.split("\n") for title in rows[4:6])


def test_history_by_another_metric():
    table = HISTORY.rename(columns=lambda c: c.replace("accuracy", "average_precision"))
    table.attrs["monitor"] = "val_average_precision"
    figure = plots.history(table)
    assert "average precision" in drawn(figure)


def test_reliability_says_the_error():
    figure = plots.reliability({"raw": EVALUATION})
    drawn(figure)
    (text,) = [t.get_text() for t in figure.axes[0].get_legend().get_texts()]
    assert text == f"raw, error {EVALUATION.calibration_error:.3f}"


def test_risk_coverage_marks_the_threshold():
    threshold = float(np.median(SCORES.max(1)))
    answered = SCORES.max(1) >= threshold
    texts = drawn(plots.risk_coverage({"raw": EVALUATION}, threshold))
    assert (
        f"{answered.mean():.0%} answered, {(~EVALUATION.correct[answered]).mean():.0%} wrong"
        in texts
    )
    drawn(plots.risk_coverage({"raw": EVALUATION}))
