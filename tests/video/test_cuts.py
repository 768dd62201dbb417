import numpy as np
import pytest
from PIL import Image

from emotion_lib.video.cuts import MAX_STEP, CutDetector

RATE = 25


def pattern(seed):
    """Return a picture of blurred blocks that is wider than a frame."""
    blocks = np.random.default_rng(seed).integers(20, 230, (9, 16, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(blocks).resize((480, 240), Image.Resampling.BICUBIC))


def cuts(*images, rate=RATE):
    """Return the numbers of the frames that begin a scene."""
    detector = CutDetector()
    return [i for i, image in enumerate(images) if detector.is_cut(image, i / rate)]


SCENE = pattern(1)[:, :320]
OTHER = pattern(2)[:, :320]
BLACK = np.zeros_like(SCENE)


def test_a_cut_is_found_once():
    assert cuts(SCENE, SCENE, OTHER, OTHER, SCENE) == [2, 4]


def test_black_between_two_scenes_is_none():
    assert cuts(SCENE, BLACK, BLACK, SCENE) == []
    assert cuts(SCENE, BLACK, BLACK, OTHER) == [3]


def test_a_pan_a_flash_and_noise_are_no_cuts():
    pan = [pattern(1)[:, 6 * i : 320 + 6 * i] for i in range(20)]
    assert cuts(*pan) == []
    assert cuts(pan[0], pan[4], pan[1]) == []  # by 7.5 % of the width
    assert cuts(SCENE, np.clip(SCENE.astype(int) + 70, 0, 255).astype(np.uint8), SCENE) == []
    rng = np.random.default_rng(0)
    dark = [rng.integers(0, 30, SCENE.shape, dtype=np.uint8) for _ in range(10)]
    assert cuts(*dark) == []


def test_frames_far_apart_cannot_tell_a_cut_from_motion():
    assert cuts(SCENE, OTHER, rate=0.9 / MAX_STEP) == []
    assert cuts(SCENE, OTHER, rate=1.1 / MAX_STEP) == [1]


@pytest.mark.parametrize("shape", [(2, 2, 3), (1, 40, 3), (30, 17, 3), (2160, 3840, 3)])
def test_frames_of_any_size(shape):
    rng = np.random.default_rng(0)
    assert cuts(*(rng.integers(0, 256, shape, dtype=np.uint8) for _ in range(2))) in ([], [1])
