"""Near copies: images of one photograph that was cropped, toned, marked or compressed differently.

A perceptual hash proposes pairs, and the correlation of the pixels under small shifts confirms
them. The numbers below were chosen on FER-2013, whose images have 48x48 px: all others are scaled
to that.
"""

from collections.abc import Iterator

import cv2
import imagehash
import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from ..datasets import cache
from ..files import digest_of
from ..images import to_gray

SIDE = 48  # px, at which images are compared
MAX_SHIFT = 3  # px in each direction
HASH_SIZE = 16  # 256 bits. With 64 bits the same recall takes 20 times as many candidates.
# Bits that may differ. Of 700 test images and all training images of FER-2013, every pair above a
# correlation of 0.95 is a candidate then (106), and 153 of the 157 above 0.92.
RADIUS = 80
# Of the pairs above it in FER-2013, 266 of 267 that were looked at show the same photograph; from
# 0.86 to 0.88 it is two thirds. See docs/evidence/leakage.md.
CORRELATION = 0.92
LOWEST = 0.85  # no pair below it is kept
COLUMNS = ("first", "second", "correlation", "down", "right", "mirrored")

# A hash bears a shift of one pixel, not of three: each image is compared with crops of the other
# that lie at most one pixel from any shift. One crop finds 84 % of the 157 pairs, nine find 97 %.
_OFFSETS = tuple((down, right) for down in (1, 3, 5) for right in (1, 3, 5))
_BLOCK = 1024  # images per step of the search: its distances take 150 MB for FER-2013


def near_copies(images: np.ndarray, correlation: float = CORRELATION) -> pd.DataFrame:
    """Find all pairs of images that show the same photograph; the second time from the cache.

    Two images are near copies if the middle of one (42x42 px) correlates with a part of the other,
    at most 3 px from its middle, by more than ``correlation``. Mirror images count. Images of a
    single colour have no correlation, and are in no pair.

    The hash is the DCT hash of `imagehash` (Zauner, "Implementation and benchmarking of perceptual
    image hash functions", 2010).

    Args:
        images: uint8 ``(n, height, width)`` or ``(n, height, width, 3)``. Pixel-identical images
            are near copies too; leave them out before, as many of them take long.
        correlation: lowest Pearson correlation of a pair, from :data:`LOWEST` to 1.

    Returns:
        One row per pair: "first" < "second" (rows of ``images``), "correlation" (the best one over
        all shifts), "down" and "right" (where the second image holds the middle of the first, px
        of 48), "mirrored" (whether the first image was mirrored for that).

    Raises:
        ValueError: the correlation is below :data:`LOWEST`, or above 1.

    Example:
        >>> from emotion_lib import load_dataset
        >>> face = load_dataset("synthetic").test.images[0]
        >>> near_copies(np.stack([face, np.roll(face, 1, axis=0)])).down.tolist()
        [1]
    """
    if not LOWEST <= correlation <= 1:
        raise ValueError(
            f"Expected a correlation from {LOWEST} to 1. Received: {correlation}. "
            "Below, many pairs show two different people."
        )
    small = _comparable(images)
    code = cache.version(__name__, packages=("ImageHash", "opencv-python", "Pillow"))
    folder = cache.place("near-copies", digest_of(small, length=16), code)
    arrays, _ = cache.load(folder, lambda: (_search(small), {}))
    pairs = pd.DataFrame({name: np.asarray(arrays[name]) for name in COLUMNS})
    return pairs[pairs["correlation"] > correlation].reset_index(drop=True)


def best_shift(first: np.ndarray, second: np.ndarray) -> tuple[float, int, int]:
    """Return the greatest correlation of an image's middle with a part of another image.

    Args:
        first, second: uint8 ``(48, 48)``.

    Returns:
        Pearson correlation, and the shift of the part against the middle of ``second``, down and
        right in px. The correlation is 0 if the middle has a single colour.

    Example:
        >>> from emotion_lib import load_dataset
        >>> face = load_dataset("synthetic").test.images[0]
        >>> correlation, down, right = best_shift(face, face)
        >>> round(correlation, 3), down, right
        (1.0, 0, 0)
    """
    middle = first[MAX_SHIFT : SIDE - MAX_SHIFT, MAX_SHIFT : SIDE - MAX_SHIFT]
    if middle.min() == middle.max():  # OpenCV would call it equal to everything
        return 0.0, 0, 0
    correlations = cv2.matchTemplate(second, np.ascontiguousarray(middle), cv2.TM_CCOEFF_NORMED)
    _, best, _, (right, down) = cv2.minMaxLoc(correlations)
    return min(1.0, best), down - MAX_SHIFT, right - MAX_SHIFT


def _comparable(images: np.ndarray) -> np.ndarray:
    """Return gray uint8 images ``(n, 48, 48)``."""
    images = np.asarray(images)
    if images.shape[1:] == (SIDE, SIDE):
        return images
    small = []
    for image in images:
        gray = image if image.ndim == 2 or image.shape[-1] == 1 else to_gray(image)
        picture = Image.fromarray(np.squeeze(gray))
        small.append(np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC)))
    return np.array(small, np.uint8).reshape(-1, SIDE, SIDE)


def _search(images: np.ndarray) -> dict[str, np.ndarray]:
    """Return the columns of all pairs above :data:`LOWEST`."""
    found: dict[tuple[int, int], tuple] = {}
    for first, second, mirrored in _candidates(images):
        image = images[first][:, ::-1] if mirrored else images[first]
        value, down, right = best_shift(image, images[second])
        known = found.get((first, second))
        # A face may be alike to another both as it is and mirrored: the better way counts.
        if value > LOWEST and (known is None or value > known[0]):
            found[first, second] = (value, down, right, mirrored)
    rows = [(*pair, *found[pair]) for pair in sorted(found)]
    columns = zip(*rows, strict=True) if rows else ((),) * len(COLUMNS)
    types = (np.int64, np.int64, np.float64, np.int64, np.int64, bool)
    arrays = {}
    for name, values, kind in zip(COLUMNS, columns, types, strict=True):
        arrays[name] = np.array(values, kind)
    return arrays


def _candidates(images: np.ndarray) -> Iterator[tuple[int, int, bool]]:
    """Yield pairs of rows whose hashes differ in at most :data:`RADIUS` bits, each once."""
    rows = np.flatnonzero(images.min(axis=(1, 2)) != images.max(axis=(1, 2)))
    images = images[rows]
    middle = (MAX_SHIFT, MAX_SHIFT)
    quiet = len(images) < 2000
    progress = tqdm(total=len(_OFFSETS) + 1, desc="hashing images", disable=quiet)
    crops = {}
    for offset in _OFFSETS:
        crops[offset] = _hashes(images, offset)
        progress.update()
    ways = {False: crops[middle], True: _hashes(images[:, :, ::-1], middle)}
    progress.close()
    blocks = range(0, len(images), _BLOCK)
    for start in tqdm(blocks, desc="comparing hashes", disable=quiet):
        for mirrored, hashes in ways.items():
            near = set()
            for others in crops.values():
                # Of values 1 and -1 the product is the number of equal bits minus the others.
                equal = hashes[start : start + _BLOCK] @ others[start:].T
                first, second = np.nonzero(equal >= HASH_SIZE**2 - 2 * RADIUS)
                later = second > first
                near |= set(zip(first[later].tolist(), second[later].tolist(), strict=True))
            for first, second in near:
                yield int(rows[start + first]), int(rows[start + second]), mirrored


def _hashes(images: np.ndarray, offset: tuple[int, int]) -> np.ndarray:
    """Return the hashes of a crop of each image, 42x42 px from ``offset`` on.

    Returns:
        1 for a bit that is set, -1 for one that is not: float32 ``(n, 256)``.
    """
    top, left = offset
    side = SIDE - 2 * MAX_SHIFT
    hashes = np.full((len(images), HASH_SIZE**2), -1, np.float32)
    for index, image in enumerate(images):
        crop = Image.fromarray(image[top : top + side, left : left + side])
        hashes[index, imagehash.phash(crop, HASH_SIZE).hash.ravel()] = 1
    return hashes
