import numpy as np
import pytest
from matplotlib.figure import Figure

from emotion_lib.plots.point_names import name_points


@pytest.fixture
def written():
    """Return the axes, and the names of three points close together and two at the border."""
    axis = Figure(layout="constrained").subplots()
    axis.set(xlim=(0, 10), ylim=(0, 1))
    places = np.array([[5, 0.5], [5.6, 0.5], [5, 0.53], [0.1, 0.9], [9.9, 0.1]])
    axis.plot(*places.T, "o")
    limits = places[:, 1:] + [-0.05, 0.05]
    names = ["the first", "the second", "the third", "at the left border", "at the right border"]
    return axis, places, name_points(axis, names, places, limits, ["k"] * 5)


def test_no_name_covers_another_or_a_point(written):
    axis, places, texts = written
    boxes = [text.get_window_extent() for text in texts]
    for number, box in enumerate(boxes):
        assert box.count_overlaps(boxes[:number]) == 0
        assert not any(box.contains(*point) for point in axis.transData.transform(places))


def test_names_stay_within_the_axes(written):
    axis, _, texts = written
    for text in texts:
        box = text.get_window_extent()
        assert axis.bbox.x0 <= box.x0 < box.x1 <= axis.bbox.x1


def test_every_name_is_written_even_where_no_place_is_free(written):
    axis = written[0]
    places = np.full((9, 2), 0.5)
    texts = name_points(axis, [str(number) for number in range(9)], places, places, ["k"] * 9)
    assert [text.get_text() for text in texts] == [str(number) for number in range(9)]
    assert all(text.axes is axis for text in texts)
