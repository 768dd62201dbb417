import numpy as np
import pytest

from emotion_lib.video.smoothing import Smoother

FIRST = np.array([1.0, 0.0])
SECOND = np.array([0.0, 1.0])


def test_exponential_smoothing_halves_by_its_half_life():
    smoother = Smoother("exponential", half_life=0.2)
    assert smoother.update(1, 0.0, FIRST)[1] == 0
    row, top = smoother.update(1, 0.2, SECOND)
    np.testing.assert_allclose(row, [0.5, 0.5])
    row, top = smoother.update(1, 0.4, SECOND)
    np.testing.assert_allclose(row, [0.25, 0.75])
    assert top == 1


def test_each_face_is_smoothed_by_itself():
    smoother = Smoother("exponential", half_life=0.2)
    smoother.update(1, 0.0, FIRST)
    assert smoother.update(2, 0.4, SECOND)[0].tolist() == [0, 1]


def test_majority_of_the_last_six_frames():
    smoother = Smoother("majority")
    rows = [np.array([0.6, 0.4])] * 6 + [SECOND] * 6
    labels = [smoother.update(1, index / 25, row)[1] for index, row in enumerate(rows)]
    assert labels == [0] * 8 + [1] * 4  # three to three: the more probable one


@pytest.mark.parametrize("kind", ["exponential", "majority"])
def test_tracks_that_are_gone_are_forgotten(kind):
    smoother = Smoother(kind, half_life=1.0)
    smoother.update(1, 0.0, FIRST)
    smoother.keep({1})
    assert smoother.update(1, 1.0, SECOND)[0].tolist() == [0.5, 0.5]
    smoother.keep(set())
    assert smoother.update(1, 1.0, SECOND)[0].tolist() == [0, 1]


def test_no_smoothing():
    smoother = Smoother("none")
    smoother.update(1, 0, FIRST)
    assert smoother.update(1, 0.04, SECOND)[0].tolist() == [0, 1]


def test_unknown_smoothing():
    with pytest.raises(ValueError, match="'median'"):
        Smoother("median")
