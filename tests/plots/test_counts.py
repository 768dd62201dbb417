import numpy as np
import pytest
from conftest import drawn_texts
from matplotlib.colors import to_hex

from emotion_lib import plots
from emotion_lib.labels import EXPRESSION_COLORS


def test_class_counts_has_a_bar_per_class_and_split(dataset):
    figure = plots.class_counts(dataset)
    texts = drawn_texts(figure)
    assert [axis.get_title() for axis in figure.axes] == [
        "train, n = 56",
        "val, n = 28",
        "test, n = 28",
    ]
    for axis, split in zip(figure.axes, (dataset.train, dataset.val, dataset.test), strict=True):
        names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
        counts = np.bincount(split.labels, minlength=dataset.num_classes)
        for name, bar in zip(names, axis.patches, strict=True):
            count = counts[dataset.class_names.index(name)]
            assert bar.get_width() == pytest.approx(count / len(split))
            assert to_hex(bar.get_facecolor()).upper() == EXPRESSION_COLORS[name]
            assert str(count) in texts


def test_class_counts_put_the_largest_class_at_the_top(dataset):
    labels = np.array([4] * 5 + [3] * 40 + [6] * 11)
    train = type(dataset.train)(dataset.train.images, labels)
    changed = type(dataset)(**{**vars(dataset), "train": train})
    names = [label.get_text() for label in plots.class_counts(changed).axes[0].get_yticklabels()]
    assert names[-3:] == ["neutral", "surprise", "happy"]


def test_class_weights_stand_beside_their_counts():
    weights = {"none": None, "balanced": {0: 0.5, 1: 2.0}}
    labels = np.array([0, 0, 0, 0, 1])
    figure = plots.class_weights(labels, weights, ("happy", "disgust"))
    assert {"4", "1"} <= set(drawn_texts(figure))
    counts, drawn = figure.axes
    assert [bar.get_width() for bar in counts.patches] == [1, 4]
    assert [list(line.get_xdata()) for line in drawn.lines] == [[1.0, 1.0], [2.0, 0.5]]
    legend = [text.get_text() for text in drawn.get_legend().get_texts()]
    assert legend == ["none", "balanced"]
