"""Drawn faces with seven expressions: the embedded default for tests, smoke runs and a first look without any data.

Brows, eyes, nose and mouth are parameters of the expression (after the action units of Ekman & Friesen's FACS, much
simplified); head pose, size, proportions, light, contrast and noise vary with the seed. A figure on these drawings says
that the code works, and nothing about faces: such runs never reach the leaderboard.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from ...files import digest_of
from ...labels import SEVEN_EXPRESSIONS
from ..dataset import Dataset, Split

CLASS_NAMES = SEVEN_EXPRESSIONS
_SUPERSAMPLING = 4  # drawn larger, then averaged down: smooth edges


@dataclass(frozen=True)
class _Expression:
    brow_raise: float  # -1 lowered .. 1 raised
    brow_slant: float  # -1 inner ends down (anger) .. 1 inner ends up (sadness)
    eye_open: float  # 0 shut .. 1 wide
    mouth_curve: float  # -1 corners down .. 1 corners up
    mouth_open: float  # 0 closed .. 1 wide open
    mouth_width: float  # relative
    nose_wrinkle: float = 0.0


_EXPRESSIONS = {
    "angry": _Expression(-0.9, -1.0, 0.5, -0.5, 0.05, 0.9),
    "disgust": _Expression(-0.6, -0.4, 0.25, -0.8, 0.35, 0.8, nose_wrinkle=1.0),
    "fear": _Expression(0.7, 0.9, 0.95, -0.3, 0.35, 1.1),
    "happy": _Expression(0.2, 0.0, 0.45, 1.0, 0.4, 1.25),
    "neutral": _Expression(0.0, 0.0, 0.55, 0.0, 0.0, 1.0),
    "sad": _Expression(-0.1, 1.0, 0.35, -0.8, 0.0, 0.9),
    "surprise": _Expression(1.0, 0.1, 1.0, 0.0, 1.0, 0.65),
}


def load(
    n_train: int = 700,
    n_val: int = 210,
    n_test: int = 210,
    *,
    size: int = 48,
    multi_label: bool = False,
    seed: int = 0,
) -> Dataset:
    """Draw a data set: gray uint8 ``(n, size, size)``, classes in equal parts, the same for the same seed.

    With ``multi_label`` each face has the brows and eyes of one expression and the mouth of another, often the same one, and
    both as its labels, bool ``(n, 7)``.
    """
    rng = np.random.default_rng(seed)
    splits = [_draw_split(n, size, rng, multi_label) for n in (n_train, n_val, n_test)]
    digest = digest_of(*(split.images for split in splits), length=16)
    return Dataset(
        "synthetic",
        CLASS_NAMES,
        multi_label,
        *splits,
        fingerprint=digest,
        full=False,
        notes=("drawn, not real",),
    )


def _draw_split(n: int, size: int, rng: np.random.Generator, multi_label: bool) -> Split:
    labels = rng.permutation(np.arange(n) % len(CLASS_NAMES)).astype(np.int64)
    if not multi_label:
        images = np.stack(
            [np.asarray(draw_face(CLASS_NAMES[label], rng, size).convert("L")) for label in labels]
        )
        return Split(images, labels, np.zeros(n, bool))
    mouths = np.where(rng.random(n) < 0.5, labels, rng.permutation(labels))
    images = np.empty((n, size, size), np.uint8)
    for index, (pair, person) in enumerate(
        zip(zip(labels, mouths, strict=True), rng.integers(2**32, size=n), strict=True)
    ):
        # The same person twice, cut between eyes and mouth.
        upper, lower = (
            np.asarray(draw_face(CLASS_NAMES[label], int(person), size).convert("L"))
            for label in pair
        )
        images[index] = np.where(np.arange(size)[:, None] < 0.58 * size, upper, lower)
    both = np.eye(len(CLASS_NAMES), dtype=bool)
    return Split(images, both[labels] | both[mouths], np.zeros(n, bool))


def draw_face(expression: str, rng: np.random.Generator | int = 0, size: int = 48) -> Image.Image:
    """Draw one face in colour.

    Args:
        expression: one of the seven.
        rng: a generator or a seed; pose, proportions, colours and light follow from it.
        size: side of the square picture, px.

    Returns:
        RGB PIL image ``size`` x ``size``, the face framed as FER-2013 frames its own (brow to chin).
    """
    if expression not in _EXPRESSIONS:
        raise ValueError(f"Expected one of {list(_EXPRESSIONS)}. Received: {expression!r}.")
    rng = np.random.default_rng(rng)
    e = _EXPRESSIONS[expression]
    side = size * _SUPERSAMPLING

    def vary(value: float, by: float = 0.12) -> float:
        return value + rng.normal(0, by)

    skin = np.array(
        [[236, 200, 172], [205, 160, 125], [160, 112, 82], [104, 70, 52]][rng.integers(4)], float
    )
    background = tuple(int(v) for v in rng.integers(30, 226, 3))
    hair = tuple(int(v) for v in rng.integers(15, 110) * np.array([1.0, 0.85, 0.7]))
    dark = tuple(int(v) for v in skin * 0.28)
    canvas = Image.new("RGB", (side, side), background)
    pen = ImageDraw.Draw(canvas)

    def xy(x: float, y: float) -> tuple[float, float]:
        return x * side, y * side

    def stroke(points: list[tuple[float, float]], color, width: float) -> None:
        pen.line(
            [xy(*p) for p in points], fill=color, width=max(1, round(width * side)), joint="curve"
        )

    def ellipse(x: float, y: float, rx: float, ry: float, color) -> None:
        pen.ellipse([*xy(x - rx, y - ry), *xy(x + rx, y + ry)], fill=color)

    # Head and hair; `turn` moves the features sideways, as a small yaw does.
    turn, face_width, face_height = rng.normal(0, 0.03), vary(0.41, 0.025), vary(0.53, 0.025)
    ellipse(0.5, 0.42, face_width + 0.05, face_height + 0.03, hair)
    ellipse(0.5, 0.52, face_width, face_height, tuple(int(v) for v in skin))
    center = 0.5 + turn

    # Eyes and brows
    eye_y, eye_gap, eye_r = 0.42 + rng.normal(0, 0.012), vary(0.18, 0.012), vary(0.075, 0.005)
    openness = np.clip(vary(e.eye_open, 0.07), 0.08, 1.1) * eye_r * 0.75
    gaze = rng.normal(0, 0.012)
    raise_, slant = vary(e.brow_raise), vary(e.brow_slant)
    thickness = vary(0.028, 0.005)
    for s in (-1, 1):
        x = center + s * eye_gap
        ellipse(x, eye_y, eye_r, openness, (240, 240, 236))
        iris = min(eye_r * 0.5, openness)
        ellipse(x + gaze, eye_y, iris, iris, (52, 38, 30))
        brow_y = eye_y - 0.095 - 0.035 * raise_
        inner, outer = (x - s * 0.09, brow_y - 0.035 * slant), (x + s * 0.1, brow_y + 0.03 * slant)
        middle = (x, brow_y - 0.018)
        stroke([inner, middle, outer], hair, thickness)

    # Nose; wrinkles beside its bridge for disgust
    nose_y = eye_y + 0.19
    stroke(
        [(center - 0.02, eye_y + 0.06), (center - 0.045, nose_y), (center + 0.035, nose_y)],
        dark,
        0.014,
    )
    for k in range(2 if e.nose_wrinkle > 0 else 0):
        y = eye_y + 0.04 + 0.03 * k
        stroke([(center - 0.06, y - 0.015), (center, y), (center + 0.06, y - 0.015)], dark, 0.012)

    # Mouth: upper and lower lip as parabolas between the corners
    mouth_y, width = eye_y + 0.33, 0.15 * vary(e.mouth_width, 0.07)
    curve, gape = vary(e.mouth_curve) * 0.065, max(0.0, vary(e.mouth_open, 0.06)) * 0.11
    t = np.linspace(-1, 1, 15)
    corner_lift = curve * (t**2 - 0.5)
    upper = [
        (center + width * a, mouth_y - c - gape * (1 - a * a) * 0.55)
        for a, c in zip(t, corner_lift, strict=True)
    ]
    lower = [
        (center + width * a, mouth_y - c + gape * (1 - a * a))
        for a, c in zip(t, corner_lift, strict=True)
    ]
    lips = tuple(int(v) for v in skin * np.array([0.72, 0.45, 0.45]))
    if gape > 0.012:
        pen.polygon([xy(*p) for p in upper + lower[::-1]], fill=(58, 24, 26))
        if e.mouth_curve > 0.5:  # a smile shows teeth
            teeth = [(x, y + gape * 0.45 * (1 - a * a)) for (x, y), a in zip(upper, t, strict=True)]
            pen.polygon([xy(*p) for p in upper + teeth[::-1]], fill=(240, 238, 230))
        stroke(lower, lips, 0.022)
    stroke(upper, lips, 0.026)

    # In-plane rotation and scale, then light from one side, contrast and sensor noise
    canvas = canvas.rotate(rng.normal(0, 7), Image.Resampling.BILINEAR, fillcolor=background)
    border = int(side * rng.uniform(0, 0.06))
    canvas = canvas.crop((border, border, side - border, side - border)).resize(
        (size, size), Image.Resampling.BOX
    )
    pixels = np.asarray(canvas, np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    grid = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    light = 1 + rng.uniform(0, 0.3) * (np.cos(angle) * grid[1] + np.sin(angle) * grid[0])
    pixels = (pixels * light[..., None] - 128) * rng.uniform(0.6, 1.1) + 128 + rng.normal(0, 14)
    pixels += rng.normal(0, rng.uniform(0, 6), (size, size, 1))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
