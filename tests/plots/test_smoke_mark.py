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


def test_a_figure_of_pyplot_bears_it_too(marked, tmp_path):
    figure, axis = pyplot.subplots()
    axis.plot([1, 2])
    figure.savefig(tmp_path / "figure.png", bbox_inches="tight")
    pyplot.close(figure)
    assert len(marks(figure)) == 1


@pytest.mark.parametrize(("folder", "count"), [("artifacts/smoke", 1), ("artifacts", 0)])
def test_the_folder_of_a_smoke_run_turns_it_on(folder, count, monkeypatch, tmp_path):
    monkeypatch.setattr(Figure, "draw", Figure.draw)
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / folder))
    importlib.reload(plots)
    figure = plots.gallery(np.zeros((1, 48, 48), np.uint8), ["a face"])
    figure.savefig(tmp_path / "figure.png")
    assert len(marks(figure)) == count
