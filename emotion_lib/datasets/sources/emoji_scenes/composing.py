"""Scenes of one to four objects, drawn with emoji on a background of two colours."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image

from ...dataset import Split
from ..emoji import Drawings

# Label -> code points of what is drawn for it; the last four labels have stand-ins.
OBJECTS = {
    "motorcycle": ("1F3CD-FE0F",),
    "truck": ("1F69A", "1F69B", "1F6FB"),
    "boat": ("1F6A4", "1F6E5-FE0F", "26F5", "1F6F6"),
    "bus": ("1F68C", "1F68D", "1F68E"),
    "cycle": ("1F6B2",),
    "flutes": ("1FA88",),
    "sitar": ("1F3B8",),  # a guitar
    "ektara": ("1FA95",),  # a banjo
    "tabla": ("1F941", "1FA98"),  # a drum with sticks, a long drum
    "harmonium": ("1FA97",),  # an accordion
}
CLASS_NAMES = tuple(OBJECTS)
SIZE = 64  # px per side
MOST = 4  # objects per scene
_CORNERS = [(0.28, 0.28), (0.72, 0.28), (0.28, 0.72), (0.72, 0.72)]  # centres of the objects
_MIDDLE = (0.5, 0.5)  # centre of a single object


def vendors() -> tuple[str, ...]:
    """Return the names of the vendors whose drawings come with the library."""
    with Drawings() as drawings:
        return drawings.vendors()


def scenes(n: int, chosen: Sequence[str], seed: int = 0) -> Split:
    """Compose scenes: each object with its own size, place, angle and side.

    Args:
        n: number of scenes.
        chosen: vendors whose drawings are used.
        seed: random seed; the same seed gives the same scenes.

    Returns:
        uint8 RGB images ``(n, 64, 64, 3)`` and labels bool ``(n, 10)``.
    """
    drawings = _drawings(chosen)
    rng = np.random.default_rng(seed)
    images = np.empty((n, SIZE, SIZE, 3), np.uint8)
    labels = np.zeros((n, len(CLASS_NAMES)), bool)
    for index in range(n):
        objects = rng.choice(len(CLASS_NAMES), rng.integers(1, MOST + 1), replace=False)
        labels[index, objects] = True
        images[index] = _compose([drawings[CLASS_NAMES[label]] for label in objects], rng)
    return Split(images, labels)


def _drawings(chosen: Sequence[str]) -> dict[str, list[Image.Image]]:
    """Return the vendors' drawings of each label, with transparency."""
    found = {label: [] for label in CLASS_NAMES}
    with Drawings() as drawings:
        entries = {entry["unified"]: entry for entry in drawings.entries()}
        for label, code_points in OBJECTS.items():
            for vendor in chosen:
                for code_point in code_points:
                    content = drawings.file(vendor, entries[code_point])
                    if content is not None:
                        found[label].append(Image.open(BytesIO(content)).convert("RGBA"))
    empty = [label for label, images in found.items() if not images]
    if empty:
        raise ValueError(
            f"Expected drawings of every label by {list(chosen)} ({vendors()}). "
            f"Received: none of {empty}."
        )
    return found


def _compose(choices: list[list[Image.Image]], rng: np.random.Generator) -> np.ndarray:
    """Return one scene: a background, and one drawing of each choice, mostly side by side."""
    canvas = Image.fromarray(_background(rng))
    alone = len(choices) == 1
    largest = 48 if alone else 32
    corners = rng.permutation(_CORNERS)
    for choice, corner in zip(choices, corners, strict=False):
        drawing = choice[rng.integers(len(choice))]
        side = int(rng.integers(20, largest + 1))
        drawing = drawing.rotate(rng.uniform(-25, 25), Image.Resampling.BICUBIC)
        drawing = drawing.resize((side, side), Image.Resampling.BICUBIC)
        if rng.random() < 0.5:
            drawing = drawing.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        center = np.asarray(_MIDDLE if alone else corner) * SIZE
        place = np.clip(center - side / 2 + rng.normal(0, 3, 2), 0, SIZE - side)
        canvas.paste(drawing, (int(place[0]), int(place[1])), drawing)
    return np.asarray(canvas)


def _background(rng: np.random.Generator) -> np.ndarray:
    """Return a vertical transition between two colours, with noise."""
    top, bottom = rng.integers(60, 256, (2, 3))
    ramp = np.linspace(0, 1, SIZE)[:, None, None]
    pixels = (1 - ramp) * top + ramp * bottom + rng.normal(0, 8, (SIZE, SIZE, 1))
    pixels = np.broadcast_to(pixels, (SIZE, SIZE, 3))
    return np.clip(pixels, 0, 255).astype(np.uint8)
