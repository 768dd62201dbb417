"""The occlusion map of answers that can be worked out by hand."""

import numpy as np

from emotion_lib.images.occlusion import COPIES_PER_BATCH, GRID, covered, occlusion_map


def test_a_patch_is_the_cell_and_half_a_cell_on_either_side():
    seen = np.full((48, 48, 1), 100, np.uint8)
    seen[18:26, 6:14] = 0
    copy = covered(seen, 5, 2)
    assert (copy[18:26, 6:14] == round(float(seen.mean()))).all()
    assert (np.argwhere(copy != seen).min(0)[:2] == (18, 6)).all()
    assert (np.argwhere(copy != seen).max(0)[:2] == (25, 13)).all()
    corner = np.argwhere(covered(seen, 0, GRID - 1) != seen)
    assert (corner.min(0)[:2].tolist(), corner.max(0)[:2].tolist()) == ([0, 42], [5, 47])


def test_each_channel_is_covered_by_its_own_mean():
    seen = np.zeros((24, 24, 3), np.uint8)
    seen[..., 1] = 40
    seen[:12, :, 2] = 100
    assert covered(seen, 6, 6)[12, 12].tolist() == [0, 40, 50]


def test_the_map_says_by_how_much_the_chosen_score_falls():
    """One pixel is bright; the first score is its share, the second the opposite."""
    image = np.zeros((48, 48, 1), np.uint8)
    image[20, 9] = 255
    sizes = []

    def scores(images):
        sizes.append(len(images))
        share = images[:, 20, 9, 0] / 255
        return np.stack([share, 1 - share], axis=1)

    # The pixel is in the row of patches 4 (14..21) and 5 (18..25), and in the columns 1 (2..9) and
    # 2 (6..13). The mean of the image is 255 / 2304, rounded to 0.
    expected = np.zeros((GRID, GRID), np.float32)
    expected[4:6, 1:3] = 1
    heat = occlusion_map(scores, image, 0)
    assert heat.dtype == np.float32
    np.testing.assert_array_equal(heat, expected)
    np.testing.assert_array_equal(occlusion_map(scores, image, 1), -expected)
    assert sum(sizes[:2]) == GRID**2 + 1 and max(sizes) == COPIES_PER_BATCH
