"""Tests of emotion_lib.benchmarks.no_faces."""

import itertools

import numpy as np

from emotion_lib.benchmarks.no_faces import no_faces


def test_a_few_hundred_pictures_of_every_source_and_some_of_12_megapixels():
    shapes = {name: (image.shape, image.dtype) for name, image in no_faces()}
    assert 200 <= len(shapes) <= 400
    assert {dtype for _, dtype in shapes.values()} == {np.dtype(np.uint8)}
    assert all(shape[2] == 3 for shape, _ in shapes.values())
    large = [name for name, (shape, _) in shapes.items() if shape == (3000, 4000, 3)]
    assert len(large) == 26
    assert "brick, 12 megapixels of tiles" in large and "chelsea, 12 megapixels of crop" in large


def test_the_same_seed_gives_the_same_pictures():
    first, second, other = (list(itertools.islice(no_faces(seed), 20)) for seed in (0, 0, 1))
    for (name, image), (same_name, same_image) in zip(first, second, strict=True):
        assert name == same_name
        np.testing.assert_array_equal(image, same_image)
    assert not all(np.array_equal(a[1], b[1]) for a, b in zip(first, other, strict=True))
