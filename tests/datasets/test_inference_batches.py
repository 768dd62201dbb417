"""Batches of one size for inference."""

import numpy as np
import pytest

from emotion_lib.datasets.inference_batches import in_batches


@pytest.mark.parametrize(
    ("n", "asked", "size"), [(10, 4, 4), (8, 4, 4), (3, 4, 4), (1, 4, 1), (5, 256, 8)]
)
def test_all_batches_have_one_size_and_every_image_gets_its_output(n, asked, size):
    sizes = []

    def double(images):
        sizes.append(len(images))
        return images * 2

    images = np.arange(n)[:, None]
    outputs = np.concatenate(list(in_batches(double, images, asked)))
    assert np.array_equal(outputs, images * 2)
    assert set(sizes) == {size}
    assert len(sizes) == -(-n // size)
