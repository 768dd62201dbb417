"""Tests of emotion_lib.benchmarks.no_faces."""

import itertools

import numpy as np
import pytest

from emotion_lib.benchmarks import no_faces


@pytest.fixture
def small(monkeypatch):
    """Make the pictures of 12 megapixels small ones, which are quicker to make."""
    width, height = no_faces._LARGE
    assert width * height == 12_000_000
    monkeypatch.setattr(no_faces, "_LARGE", (44, 33))
    monkeypatch.setattr(no_faces, "_CROP_SIDES", (64, 128))


def test_a_few_hundred_pictures_of_every_source_some_of_them_large(small):
    shapes = {name: image.shape for name, image in no_faces.no_faces()}
    assert 200 <= len(shapes) <= 400
    assert {shape[2] for shape in shapes.values()} == {3}
    large = [name for name, shape in shapes.items() if shape == (33, 44, 3)]
    assert len(large) == 26
    assert "brick, 12 megapixels of tiles" in large and "chelsea, 12 megapixels of crop" in large


def first_pictures(seed):
    return dict(itertools.islice(no_faces.no_faces(seed), 30))


def test_the_same_seed_gives_the_same_pictures(small):
    first, second, other = (first_pictures(seed) for seed in (0, 0, 1))
    assert list(first) == list(second)
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert not np.array_equal(first["brick, crop 0"], other["brick, crop 0"])
