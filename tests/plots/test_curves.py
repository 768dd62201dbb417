import pandas as pd
import pytest
from conftest import drawn_texts

from emotion_lib import plots


@pytest.fixture
def table():
    columns = {
        "epoch": [0, 1, 2],
        "accuracy": [0.3, 0.5, 0.7],
        "val_accuracy": [0.3, 0.6, 0.5],
        "loss": [3, 2, 1],
        "val_loss": [3, 2, 2],
    }
    return pd.DataFrame(columns)


def legend_of(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_the_chosen_epoch_is_marked(table):
    figure = plots.history(table, "a title")
    drawn_texts(figure)
    assert legend_of(figure) == ["training", "validation", "chosen epoch"]
    expected = "a title: epoch 2 of 3 chosen, validation accuracy 0.600"
    assert figure.get_suptitle() == expected
    for axis, metric in zip(figure.axes, ("val_accuracy", "val_loss"), strict=True):
        line, dot = axis.lines[-2:]
        assert list(line.get_xdata()) == [2, 2]
        assert dot.get_xydata().tolist() == [[2, table[metric][1]]]


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_epochs_have_whole_numbers(table, epochs):
    figure = plots.history(table[:epochs])
    drawn_texts(figure)
    for axis in figure.axes:
        low, high = axis.get_xlim()
        ticks = [tick for tick in axis.get_xticks() if low <= tick <= high]
        assert ticks == list(range(1, epochs + 1))


def test_the_legend_is_above_the_curves(table):
    figure = plots.history(table)
    drawn_texts(figure)
    for axis in figure.axes:
        legend = axis.get_legend().get_window_extent()
        assert legend.y0 >= axis.get_window_extent().y1


def test_the_metric_that_chose_is_drawn(table):
    table = table.rename(columns=lambda name: name.replace("accuracy", "average_precision"))
    table.attrs["monitor"] = "val_average_precision"
    assert "average precision" in drawn_texts(plots.history(table))


def test_validation_alone_is_drawn(table):
    figure = plots.history(table[["epoch", "val_accuracy"]])
    drawn_texts(figure)
    assert legend_of(figure) == ["validation", "chosen epoch"]


def test_one_validation_curve_per_run(table):
    figure = plots.validation_curves({f"run {index}": table for index in range(8)})
    assert "validation accuracy" in drawn_texts(figure)
    assert legend_of(figure) == [f"run {index}" for index in range(8)]


def test_validation_curves_show_the_metric_that_chose(table):
    table["val_average_precision"] = table["val_accuracy"]
    table.attrs["monitor"] = "val_average_precision"
    assert "validation average precision" in drawn_texts(plots.validation_curves({"a": table}))


def test_a_run_with_two_heads_stands_beside_one_with_one(table):
    two_heads = table.rename(columns=lambda name: name.replace("accuracy", "label_accuracy"))
    two_heads.attrs["monitor"] = "val_label_accuracy"
    figure = plots.validation_curves({"one head": table, "two heads": two_heads})
    assert "validation accuracy" in drawn_texts(figure)
    assert [len(line.get_xdata()) for line in figure.axes[0].lines] == [3, 3]
