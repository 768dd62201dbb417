"""Pictures without a person's face, made of those that ship with scikit-image and scikit-learn."""

from collections.abc import Iterator
from importlib.resources import files

import numpy as np
from PIL import Image

from ..images import read_image

# Pictures inside the packages, which are installed anyway. Left out are those with people
# (astronaut, camera, lfw_subset, no_time_for_that_tiny), the drawing of a head (phantom), and
# doubles (motorcycle_right, chessboard_GRAY). The face of the cat (chelsea) is not a person's.
# "coins" is left out too: several of its coins show a portrait.
_SCIKIT_IMAGE = (
    "brick.png",
    "cell.png",
    "chelsea.png",
    "chessboard_RGB.png",
    "clock_motion.png",
    "coffee.png",
    "color.png",
    "grass.png",
    "gravel.png",
    "horse.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "logo.png",
    "microaneurysms.png",
    "moon.png",
    "motorcycle_left.png",
    "page.png",
    "retina.jpg",
    "rocket.jpg",
    "text.png",
)
_SCIKIT_LEARN = ("china.jpg", "flower.jpg")
_SURFACES = ("brick", "grass", "gravel", "ihc")
_WHOLE_SIDES = (480, 1280)  # px of the longer side
_CROP_SIDES = (320, 480, 640, 960, 1600)
_CROPS = 8  # of each picture
_LARGE = (4000, 3000)  # width and height in px: 12 megapixels


def no_faces(seed: int = 0) -> Iterator[tuple[str, np.ndarray]]:
    """Return pictures in which every box is a false one, made one after the other.

    Two photographs and four textures come first. Then each picture is shown whole at two sizes, in
    eight crops of random size and place, and as an enlarged crop of 12 megapixels. Surfaces are
    also laid out as 12 megapixels of mirrored tiles at their own scale, which is what a photograph
    of a pavement or a lawn looks like.

    Args:
        seed: of the crops.

    Returns:
        For each picture its name, such as "gravel, crop 3", and uint8 RGB
        ``(height, width, 3)``. The 12 megapixels take 36 MB each: do not keep them.

    Example:
        >>> name, image = next(no_faces())
        >>> name, image.shape
        ('china', (427, 640, 3))
    """
    rng = np.random.default_rng(seed)
    sources = dict(_sources())
    for name in _SCIKIT_LEARN:
        stem = name.partition(".")[0]
        yield stem, sources[stem]
    yield from _textures()
    for name, source in sources.items():
        for side in _WHOLE_SIDES:
            scale = side / max(source.shape[:2])
            size = (round(source.shape[1] * scale), round(source.shape[0] * scale))
            yield f"{name}, whole, {side} px", _resized(source, size)
        for index in range(_CROPS):
            side = int(rng.choice(_CROP_SIDES))
            crop = _random_crop(source, rng)
            yield f"{name}, crop {index}", _resized(crop, (side, side * 3 // 4))
        yield f"{name}, 12 megapixels of crop", _resized(_random_crop(source, rng), _LARGE)
        if name in _SURFACES:
            yield f"{name}, 12 megapixels of tiles", _tiles(source)


def _sources() -> Iterator[tuple[str, np.ndarray]]:
    """Return the pictures of the packages by their names, without downloading any."""
    folders = (
        (files("skimage") / "data", _SCIKIT_IMAGE),
        (files("sklearn") / "datasets" / "images", _SCIKIT_LEARN),
    )
    for folder, names in folders:
        for name in names:
            yield name.partition(".")[0], read_image((folder / name).read_bytes())


def _textures() -> Iterator[tuple[str, np.ndarray]]:
    """Return four drawn textures of 640x480."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
    blobs = np.asarray(Image.fromarray(noise).resize((640, 480)))
    yield "noise", rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)
    yield "blobs", blobs
    ramp = np.tile(np.linspace(0, 255, 640).astype(np.uint8), (480, 1))
    yield "ramp", np.dstack([ramp] * 3)
    is_white = np.indices((480, 640)).sum(0) // 40 % 2
    chessboard = (is_white * 255).astype(np.uint8)
    yield "chessboard", np.dstack([chessboard] * 3)


def _random_crop(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a part of 4:3 whose width is 0.3 to 1 of the largest that fits."""
    height, width = image.shape[:2]
    largest = min(width, height * 4 / 3)
    crop_width = round(largest * rng.uniform(0.3, 1))
    crop_height = crop_width * 3 // 4
    left = int(rng.integers(width - crop_width + 1))
    top = int(rng.integers(height - crop_height + 1))
    return image[top : top + crop_height, left : left + crop_width]


def _resized(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))


def _tiles(image: np.ndarray) -> np.ndarray:
    """Return 12 megapixels of the image and its mirror images side by side."""
    height, width = image.shape[:2]
    right = max(0, _LARGE[0] - width)
    bottom = max(0, _LARGE[1] - height)
    tiled = np.pad(image, ((0, bottom), (0, right), (0, 0)), mode="symmetric")
    return tiled[: _LARGE[1], : _LARGE[0]]
