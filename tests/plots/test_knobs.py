import numpy as np
from conftest import drawn_texts

from emotion_lib import plots

FACE = np.random.default_rng(0).integers(60, 190, (16, 16)).astype(np.uint8)


def row_of(figure, name):
    """Return the pictures of a knob's row, with their titles."""
    axes = np.reshape(figure.axes, (-1, 7))
    (row,) = [row for row in axes if row[0].get_ylabel() == name]
    return {axis.get_title(): axis.images[0].get_array() for axis in row if axis.images}


def test_one_row_per_knob_from_its_minimum_to_its_maximum():
    figure = plots.augmentation_knobs(FACE, {"rotation": 12, "zoom": 0.1, "shear": 0, "seed": 3})
    drawn_texts(figure)
    rows = [axis.get_ylabel() for axis in np.reshape(figure.axes, (-1, 7))[:, 0]]
    assert rows == ["rotation", "zoom", "all, at random"]
    degrees = ["-12°", "-8°", "-4°", "0°", "+4°", "+8°", "+12°"]
    assert list(row_of(figure, "rotation")) == degrees
    assert list(row_of(figure, "zoom"))[::3] == ["× 0.90", "× 1.00", "× 1.10"]
    np.testing.assert_allclose(row_of(figure, "rotation")["0°"], FACE / 255, atol=1e-3)


def test_shares_are_percent_and_erasing_says_how_often():
    figure = plots.augmentation_knobs(FACE, {"flip": True, "shift": 0.1, "erasing": 0.25})
    assert list(row_of(figure, "flip")) == ["mirrored", "as it is"]
    assert list(row_of(figure, "shift"))[:2] == ["-10 %", "-6.7 %"]
    assert list(row_of(figure, "erasing"))[:2] == ["in 25%", "of the faces"]


def test_the_last_row_repeats_with_its_seed():
    options = {"rotation": 12, "contrast": 0.5}
    axes = [plots.augmentation_knobs(FACE, options, seed=1).axes[-1] for _ in range(2)]
    first, second = (axis.images[0].get_array() for axis in axes)
    np.testing.assert_array_equal(first, second)
