"""Tests of near copies: drawn faces, moved, toned and mirrored, and the pairs of FER-2013."""

import numpy as np
import pytest

from emotion_lib.evaluation.near_copies import MAX_SHIFT, best_shift, near_copies


@pytest.fixture(scope="module")
def photographs():
    """Smooth noise: no two images are alike. Drawn faces are too much alike for this."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (8, 10, 10))
    return np.kron(coarse, np.ones((6, 6))).astype(np.uint8)[:, 6:54, 6:54], coarse


def shifted(coarse, down, right):
    large = np.kron(coarse, np.ones((6, 6))).astype(np.uint8)
    return large[6 + down : 54 + down, 6 + right : 54 + right]


@pytest.mark.parametrize("shift", [(0, 0), (1, -1), (-2, 2), (3, 3), (-3, 0)])
def test_the_shift_of_a_copy_is_found(photographs, shift):
    images, coarse = photographs
    copy = shifted(coarse[3], *shift)
    found = near_copies(np.concatenate([images, copy[None]]))
    assert found[["first", "second"]].to_numpy().tolist() == [[3, 8]]
    # The copy begins lower in the photograph, so what is at a place stands higher in it.
    assert (found["down"][0], found["right"][0]) == (-shift[0], -shift[1])
    assert found["correlation"][0] > 0.999


def test_the_correlation_is_pearsons():
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, 256, (2, 48, 48), dtype=np.uint8)
    middle = first[3:45, 3:45].ravel()
    expected = {}
    for down in range(-3, 4):
        for right in range(-3, 4):
            part = second[3 + down : 45 + down, 3 + right : 45 + right]
            expected[down, right] = np.corrcoef(middle, part.ravel())[0, 1]
    place = max(expected, key=expected.get)
    assert best_shift(first, second) == (pytest.approx(expected[place], abs=1e-5), *place)


def test_tone_noise_and_mirroring(photographs):
    images, _ = photographs
    rng = np.random.default_rng(2)
    toned = (images[0] * 0.5 + 60).astype(np.uint8)
    noisy = np.clip(images[1] + rng.normal(0, 15, images[1].shape), 0, 255).astype(np.uint8)
    mirrored = images[2][:, ::-1]
    found = near_copies(np.concatenate([images, [toned, noisy, mirrored]]))
    columns = found[["first", "second", "mirrored"]].to_numpy().tolist()
    assert columns == [[0, 8, False], [1, 9, False], [2, 10, True]]


def test_a_flat_image_is_in_no_pair():
    rng = np.random.default_rng(3)
    flat = np.zeros((48, 48), np.uint8)
    framed = rng.integers(0, 256, (48, 48), dtype=np.uint8)
    framed[MAX_SHIFT:-MAX_SHIFT, MAX_SHIFT:-MAX_SHIFT] = 9
    assert near_copies(np.stack([flat, flat, flat + 200, framed, framed])).empty


def test_images_of_other_sizes_and_colors(photographs):
    images, _ = photographs
    large = np.repeat(np.kron(images, np.ones((2, 2), np.uint8))[..., None], 3, axis=3)
    pair = np.stack([large[0], np.roll(large[0], 2, axis=0), large[1]])
    found = near_copies(pair)
    assert found[["first", "second", "down", "right"]].to_numpy().tolist() == [[0, 1, 1, 0]]


def test_a_correlation_that_is_too_low(photographs):
    with pytest.raises(ValueError, match=r"from 0\.85 to 1\. Received: 0\.5"):
        near_copies(photographs[0], 0.5)


def test_no_images():
    assert near_copies(np.zeros((0, 48, 48), np.uint8)).empty
