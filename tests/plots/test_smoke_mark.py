"""The line on every figure of a smoke run."""

import importlib

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

from emotion_lib import plots
from emotion_lib.plots import smoke_mark


@pytest.fixture
def marked(monkeypatch):
    monkeypatch.setattr(Figure, "draw", Figure.draw)  # restored after the test
    smoke_mark.mark_figures()


def marks(figure):
    return [text for text in figure.texts if text.get_text() == smoke_mark.TEXT]


def test_every_figure_bears_one_mark_that_covers_nothing(marked, tmp_path):
    figure = plots.gallery(np.zeros((7, 48, 48), np.uint8), ["a face"] * 7)
    for _ in range(2):  # a notebook shows it, and the run's folder gets it as a file
        figure.savefig(tmp_path / "figure.png")
    (mark,) = marks(figure)
    top = mark.get_window_extent().y1
    for axis in figure.axes:
        assert axis.get_window_extent().y0 >= top


def test_the_mark_covers_no_legend_outside_the_axes(marked, tmp_path):
    figure = plots.projection({"network": np.eye(2)}, np.arange(2), ["happy", "sad"])
    figure.savefig(tmp_path / "figure.png")
    (mark,) = marks(figure)
    (legend,) = figure.legends
    assert legend.get_window_extent().y0 >= mark.get_window_extent().y1


def test_the_mark_covers_no_common_label(marked, single_label, tmp_path):
    figure = plots.precision_recall(single_label)
    figure.savefig(tmp_path / "figure.png")
    (mark,) = marks(figure)
    (label,) = [text for text in figure.texts if text.get_text() == "recall"]
    assert label.get_window_extent().y0 >= mark.get_window_extent().y1


def test_a_figure_of_pyplot_bears_it_below_the_label(marked, tmp_path):
    figure, axis = pyplot.subplots(figsize=(5, 3))
    axis.plot([1, 2])
    label = axis.set_xlabel("epoch")
    figure.savefig(tmp_path / "figure.png", bbox_inches="tight")
    pyplot.close(figure)
    (mark,) = marks(figure)
    assert label.get_window_extent().y0 >= mark.get_window_extent().y1


@pytest.mark.parametrize(("folder", "count"), [("artifacts/smoke", 1), ("artifacts", 0)])
def test_the_folder_of_a_smoke_run_turns_it_on(folder, count, monkeypatch, tmp_path):
    monkeypatch.setattr(Figure, "draw", Figure.draw)
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / folder))
    importlib.reload(plots)
    figure = plots.gallery(np.zeros((1, 48, 48), np.uint8), ["a face"])
    figure.savefig(tmp_path / "figure.png")
    assert len(marks(figure)) == count
