"""A drawing of a face with one of seven expressions.

Brows, eyes, nose and mouth are parameters of the expression, after the action units of Ekman and
Friesen's Facial Action Coding System (FACS), much simplified. Pose of the head, size, proportions,
light, contrast and noise are random.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from ....labels import SEVEN_EXPRESSIONS

CLASS_NAMES = SEVEN_EXPRESSIONS
Point = tuple[float, float]  # as shares of the side, from the top left corner
Color = tuple[int, ...]

_SUPERSAMPLING = 4  # drawn at this scale and averaged down, for smooth edges
_SKINS = ((236, 200, 172), (205, 160, 125), (160, 112, 82), (104, 70, 52))
_HAIR_TINT = np.array([1.0, 0.85, 0.7])
_LIP_TINT = np.array([0.72, 0.45, 0.45])
_WHITE_OF_EYE = (240, 240, 236)
_IRIS = (52, 38, 30)
_MOUTH = (58, 24, 26)
_TEETH = (240, 238, 230)


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


def draw_face(expression: str, rng: np.random.Generator | int = 0, size: int = 48) -> Image.Image:
    """Draw one face in colour.

    Args:
        expression: one of the seven.
        rng: a generator or a seed; pose, proportions, colours and light follow from it.
        size: side of the square image, px.

    Returns:
        RGB image of ``size`` x ``size`` px, with the face framed as in FER-2013 (brow to chin).

    Raises:
        ValueError: another expression.

    Example:
        >>> draw_face("happy", 7, size=96).size
        (96, 96)
    """
    if expression not in _EXPRESSIONS:
        raise ValueError(f"Expected one of {list(_EXPRESSIONS)}. Received: {expression!r}.")
    rng = np.random.default_rng(rng)
    face = _Face(_EXPRESSIONS[expression], rng, size)
    # The order of these steps is the order in which random numbers are drawn: another order would
    # change every image, and the fingerprint of the data set.
    face.draw_head()
    face.draw_eyes_and_brows()
    face.draw_nose()
    face.draw_mouth()
    return _photographed(face.canvas, face.background, rng, size)


class _Face:
    """A canvas with a face on it, and the proportions and colours of the person."""

    def __init__(self, expression: _Expression, rng: np.random.Generator, size: int) -> None:
        self.expression = expression
        self.rng = rng
        self.side = size * _SUPERSAMPLING
        self.skin = np.array(_SKINS[rng.integers(len(_SKINS))], float)
        self.background = _color(rng.integers(30, 226, 3))
        self.hair = _color(rng.integers(15, 110) * _HAIR_TINT)
        self.canvas = Image.new("RGB", (self.side, self.side), self.background)
        self.pen = ImageDraw.Draw(self.canvas)

    def draw_head(self) -> None:
        """Draw head and hair, and choose how far the head is turned."""
        # The turn moves the features sideways, as a small yaw does.
        self.center = 0.5 + self.rng.normal(0, 0.03)
        width = self.vary(0.41, 0.025)
        height = self.vary(0.53, 0.025)
        self.ellipse(0.5, 0.42, width + 0.05, height + 0.03, self.hair)
        self.ellipse(0.5, 0.52, width, height, _color(self.skin))

    def draw_eyes_and_brows(self) -> None:
        """Draw both eyes and brows."""
        self.eye_y = 0.42 + self.rng.normal(0, 0.012)
        gap = self.vary(0.18, 0.012)
        radius = self.vary(0.075, 0.005)
        opening = self.vary(self.expression.eye_open, 0.07)
        openness = np.clip(opening, 0.08, 1.1) * radius * 0.75
        iris = min(radius * 0.5, openness)
        gaze = self.rng.normal(0, 0.012)
        brow_y = self.eye_y - 0.095 - 0.035 * self.vary(self.expression.brow_raise)
        slant = self.vary(self.expression.brow_slant)
        thickness = self.vary(0.028, 0.005)
        for side in (-1, 1):
            x = self.center + side * gap
            self.ellipse(x, self.eye_y, radius, openness, _WHITE_OF_EYE)
            self.ellipse(x + gaze, self.eye_y, iris, iris, _IRIS)
            inner = (x - side * 0.09, brow_y - 0.035 * slant)
            middle = (x, brow_y - 0.018)
            outer = (x + side * 0.1, brow_y + 0.03 * slant)
            self.stroke([inner, middle, outer], self.hair, thickness)

    def draw_nose(self) -> None:
        """Draw the nose, with wrinkles beside its bridge for disgust."""
        dark = _color(self.skin * 0.28)
        tip = self.eye_y + 0.19
        bridge = (self.center - 0.02, self.eye_y + 0.06)
        self.stroke([bridge, (self.center - 0.045, tip), (self.center + 0.035, tip)], dark, 0.014)
        if self.expression.nose_wrinkle > 0:
            for number in range(2):
                y = self.eye_y + 0.04 + 0.03 * number
                wrinkle = [(self.center - 0.06, y - 0.015), (self.center, y)]
                self.stroke([*wrinkle, (self.center + 0.06, y - 0.015)], dark, 0.012)

    def draw_mouth(self) -> None:
        """Draw upper and lower lip as parabolas between the corners, with teeth in a smile."""
        mouth_y = self.eye_y + 0.33
        width = 0.15 * self.vary(self.expression.mouth_width, 0.07)
        curve = self.vary(self.expression.mouth_curve) * 0.065
        gape = max(0.0, self.vary(self.expression.mouth_open, 0.06)) * 0.11
        across = np.linspace(-1, 1, 15)
        x = self.center + width * across
        line = mouth_y - curve * (across**2 - 0.5)
        opening = gape * (1 - across**2)
        upper_y = line - opening * 0.55
        upper = _points(x, upper_y)
        lower = _points(x, line + opening)
        lips = _color(self.skin * _LIP_TINT)
        if gape > 0.012:
            self.polygon(upper + lower[::-1], _MOUTH)
            if self.expression.mouth_curve > 0.5:
                teeth = _points(x, upper_y + gape * 0.45 * (1 - across**2))
                self.polygon(upper + teeth[::-1], _TEETH)
            self.stroke(lower, lips, 0.022)
        self.stroke(upper, lips, 0.026)

    def vary(self, value: float, by: float = 0.12) -> float:
        """Return a value with normally distributed noise."""
        return value + self.rng.normal(0, by)

    def stroke(self, points: list[Point], color: Color, width: float) -> None:
        """Draw a line through points."""
        pixels = max(1, round(width * self.side))
        self.pen.line(self._scaled(points), fill=color, width=pixels, joint="curve")

    def ellipse(self, x: float, y: float, rx: float, ry: float, color: Color) -> None:
        """Draw an ellipse around a point."""
        self.pen.ellipse(self._scaled([(x - rx, y - ry), (x + rx, y + ry)]), fill=color)

    def polygon(self, points: list[Point], color: Color) -> None:
        """Draw a filled polygon."""
        self.pen.polygon(self._scaled(points), fill=color)

    def _scaled(self, points: list[Point]) -> list[Point]:
        return [(x * self.side, y * self.side) for x, y in points]


def _photographed(
    canvas: Image.Image, background: Color, rng: np.random.Generator, size: int
) -> Image.Image:
    """Return a canvas rotated and cropped, with light from one side, contrast and noise."""
    side = canvas.width
    canvas = canvas.rotate(rng.normal(0, 7), Image.Resampling.BILINEAR, fillcolor=background)
    border = int(side * rng.uniform(0, 0.06))
    canvas = canvas.crop((border, border, side - border, side - border))
    pixels = np.asarray(canvas.resize((size, size), Image.Resampling.BOX), np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    grid = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    light = 1 + rng.uniform(0, 0.3) * (np.cos(angle) * grid[1] + np.sin(angle) * grid[0])
    pixels = (pixels * light[..., None] - 128) * rng.uniform(0.6, 1.1) + 128 + rng.normal(0, 14)
    pixels += rng.normal(0, rng.uniform(0, 6), (size, size, 1))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _color(values: np.ndarray) -> Color:
    return tuple(int(value) for value in values)


def _points(x: np.ndarray, y: np.ndarray) -> list[Point]:
    return list(zip(x.tolist(), y.tolist(), strict=True))
