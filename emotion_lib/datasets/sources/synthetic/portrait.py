"""A shaded drawing of a portrait, for the examples of the page.

The face is a height field under a light from above: an ellipsoid with bumps (nose, brow ridge,
cheeks, lips, chin) and dents (folds and wrinkles). Brows, eyes, nose and mouth are parameters of
the expression, as in :mod:`.drawing`. Those of disgust were found by a random search, which began
at a wrinkled nose, a raised lip and lowered brows and ended where the shipped network read them so.

``python -m emotion_lib.datasets.sources.synthetic.portrait FOLDER`` writes the page's drawings.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

Color = tuple[int, int, int]
# All coordinates are from -1 to 1, x to the right, y down, with the bridge of the nose near 0.
Point = tuple[float, float]

_EYE_X = 0.235
_EYE_Y = -0.14
_MOUTH_Y = 0.47
_SIDES = (-1, 1)
_LIPS = np.array([168, 92, 88])
_INSIDE_OF_MOUTH = np.array([46, 16, 18])
_TEETH = np.array([190, 185, 172])
_WHITE_OF_EYE = np.array([200, 196, 190])
_IRIS = np.array([84, 62, 44])
_PUPIL = np.array([14, 10, 10])
_BACKGROUND = np.array([148, 160, 172])
_SHIRT = np.array([70, 88, 112])
_KEY_LIGHT = np.array([-0.35, -0.55, 0.76])
_FILL_LIGHT = np.array([0.6, 0.1, 0.79])


@dataclass(frozen=True)
class Look:
    """Parameters of an expression; 0 is none, 1 strong, unless a range is given."""

    brow_raise: float  # -1 lowered .. 1 raised
    brow_slant: float  # -1 inner ends down .. 1 inner ends up
    eye_open: float  # 0 shut .. 1 wide
    squint: float  # lower lids and cheeks pushed up
    nose_wrinkle: float
    furrow: float  # between the brows
    forehead: float  # wrinkles across the forehead
    lip_raise: float  # of the upper lip
    fold: float  # from the nose to the corners of the mouth
    mouth_curve: float  # -1 corners down .. 1 corners up
    mouth_open: float
    mouth_width: float  # relative
    teeth: float


@dataclass(frozen=True)
class Person:
    """Colours of a person."""

    skin: Color
    hair: Color


PORTRAITS = {
    "surprise": (
        Look(1.1, 0.0, 1.1, 0.0, 0.0, 0.0, 0.8, 0.0, 0.1, 0.0, 1.0, 0.75, 0.0),
        Person((214, 166, 138), (52, 38, 30)),
    ),
    "disgust": (
        Look(-1.04, -1.29, 0.36, 0.37, 1.22, 1.22, 0.45, 0.63, 2.11, -1.2, 0.0, 0.88, 0.8),
        Person((236, 196, 172), (20, 18, 16)),
    ),
}


def draw_portrait(look: Look, person: Person, size: int = 512) -> Image.Image:
    """Draw a portrait from the front.

    Args:
        look: the expression.
        person: who shows it.
        size: side of the square image in px.

    Returns:
        RGB image.

    Example:
        >>> draw_portrait(*PORTRAITS["surprise"], size=64).size
        (64, 64)
    """
    return _Portrait(look, person, size).image()


class _Portrait:
    """Pixels of a portrait: a height field ``z`` and layers of colour, all ``(size, size)``."""

    def __init__(self, look: Look, person: Person, size: int) -> None:
        self.look = look
        self.skin = np.array(person.skin, float)
        self.hair = np.array(person.hair, float)
        self.size = size
        places = (np.arange(size) + 0.5) / size * 2 - 1
        self.x, self.y = np.meshgrid(places, places)
        self.chin = 0.80 + 0.16 * look.mouth_open
        self.brow_y = _EYE_Y - 0.135 - 0.075 * look.brow_raise
        self.nose_y = 0.20 - 0.05 * look.nose_wrinkle
        self.mouth_y = _MOUTH_Y - 0.02 * look.lip_raise
        self._shape_mouth()

    def image(self) -> Image.Image:
        """Return the finished drawing."""
        head = self._head()
        pixels = self._lit(head)
        pixels = self._with_mouth(pixels, head)
        pixels = self._with_eyes(pixels)
        pixels = pixels * (1 - 0.75 * self._pair(0.052, self.nose_y + 0.055, 0.026, 0.014))
        pixels = self._with_brows(pixels)
        hairline = _inside(-(self.y + 0.60 - 0.10 * np.cos(2.6 * self.x)), 0.05)
        scene = _mixed(self._scene(), pixels, head * hairline)
        return Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8))

    def _head(self) -> np.ndarray:
        """Return the mask of the face, and set the distance from its centre, 1 at its outline."""
        below = self.y > -0.05
        height = np.where(below, self.chin + 0.05, 0.80)
        narrowing = np.clip((self.y + 0.05) / self.chin, 0, 1) ** 2
        width = 0.60 * np.where(below, 1 - 0.22 * narrowing, 1)
        self.radius = np.hypot(self.x / width, (self.y + 0.05) / height)
        return _inside(self.radius - 1, 0.03)

    def _height(self) -> np.ndarray:
        """Return the height field."""
        look = self.look
        z = 0.55 * np.sqrt(np.clip(1 - self.radius**2, 0, 1))
        z -= 0.05 * self._pair(_EYE_X, _EYE_Y, 0.15, 0.10)[..., 0]
        z += 0.03 * self._pair(_EYE_X, self.brow_y + 0.02, 0.17, 0.06)[..., 0]
        cheeks = self._pair(0.33, 0.16 - 0.05 * look.squint, 0.16, 0.14)[..., 0]
        z += 0.05 * cheeks * (1 + 0.8 * look.squint)
        ridge = np.exp(-((self.x / 0.075) ** 2)) * np.clip((self.y + 0.35) / 0.5, 0.15, 1)
        z += 0.16 * ridge * _inside(np.abs(self.y - self.nose_y + 0.18) - 0.20, 0.12)
        z += 0.10 * self._bump(0, self.nose_y, 0.085, 0.075)
        z += 0.055 * self._pair(0.10, self.nose_y + 0.02, 0.05, 0.05)[..., 0]
        z += 0.05 * self._bump(0, self.mouth_y, 0.26, 0.18)
        z += 0.05 * self._bump(0, self.chin - 0.10, 0.16, 0.10)
        z -= 0.03 * self._bump(0, self.mouth_y + 0.15, 0.16, 0.045)
        z -= self._dents()
        z += 0.018 * self.upper_lip
        lower = np.clip(1 - ((self.y - self.lower_edge - 0.02) / 0.05) ** 2, 0, 1)
        z += 0.03 * self.lower_lip * lower
        return z - 0.02 * self.seam

    def _dents(self) -> np.ndarray:
        """Return the depth of folds and wrinkles."""
        look = self.look
        nose = self.nose_y
        brow = self.brow_y
        corner_x = 0.26 + 0.05 * look.mouth_width
        corner = (corner_x, self.mouth_y - 0.02 - 0.05 * look.mouth_curve)
        lid_y = _EYE_Y - 0.03 * look.squint
        eye = _EYE_Y
        one_side: list[tuple[list[Point], float, float]] = [
            ([(0.13, nose - 0.02), (0.215, nose + 0.10), corner], 0.022, 0.035 * look.fold),
            ([(0.045, brow + 0.02), (0.035, brow + 0.10)], 0.013, 0.028 * look.furrow),
            (
                [(0.10, eye + 0.10), (0.20, lid_y + 0.145), (0.34, lid_y + 0.11)],
                0.014,
                0.012 + 0.02 * look.squint,
            ),
            (
                [(0.02, eye + 0.02), (0.09, eye + 0.075), (0.13, eye + 0.12)],
                0.012,
                0.03 * look.nose_wrinkle,
            ),
            (
                [(0.0, eye - 0.02), (0.06, eye + 0.01), (0.10, eye + 0.06)],
                0.012,
                0.025 * look.nose_wrinkle,
            ),
        ]
        across: list[tuple[list[Point], float, float]] = []
        for row in range(2):
            y = nose - 0.26 + 0.07 * row
            points = [(-0.12, y + 0.03), (0.0, y), (0.12, y + 0.03)]
            across.append((points, 0.012, 0.022 * look.nose_wrinkle))
        for row in range(3):
            y = brow - 0.12 - 0.085 * row
            points = [(-0.32, y + 0.02), (0.0, y - 0.02 - 0.03 * look.brow_slant), (0.32, y + 0.02)]
            across.append((points, 0.015, 0.018 * look.forehead))
        for points, width, depth in one_side:
            for side in _SIDES:
                across.append(([(side * x, y) for x, y in points], width, depth))
        total = np.zeros_like(self.x)
        for points, width, depth in across:
            total += depth * np.exp(-((self._distance(points) / width) ** 2))
        return total

    def _shape_mouth(self) -> None:
        """Set edges and masks of the lips, of what is between them, and of their seam."""
        look = self.look
        width = 0.205 * look.mouth_width
        across = np.clip(self.x / width, -1.3, 1.3)
        line = self.mouth_y - 0.075 * look.mouth_curve * (across**2 - 0.35)
        arc = np.clip(1 - across**2, 0, 1) ** 0.75
        squared = arc**0.6 if look.lip_raise > 0.3 else arc  # a raised lip bares the eye teeth
        self.upper_edge = line - (0.055 * look.lip_raise + 0.09 * look.mouth_open) * squared
        self.lower_edge = line + (0.19 * look.mouth_open + 0.03 * look.lip_raise) * arc
        sides = np.abs(self.x) - width
        self.inside = self._between(self.upper_edge, self.lower_edge, 0.008) * _inside(sides, 0.02)
        thickness = 0.045 * np.sqrt(arc)
        dip = 0.012 * np.exp(-((self.x / 0.03) ** 2))
        top = self.upper_edge - thickness + dip
        bottom = self.lower_edge + 1.25 * thickness
        self.upper_lip = self._between(top, self.upper_edge, 0.01) * _inside(sides, 0.02)
        self.lower_lip = self._between(self.lower_edge, bottom, 0.01) * _inside(sides, 0.02)
        seam = np.exp(-(((self.y - line) / 0.01) ** 2)) * _inside(sides, 0.02)
        self.seam = seam * (1 - self.inside)

    def _lit(self, head: np.ndarray) -> np.ndarray:
        """Return skin and lips under the lights, ``(size, size, 3)``."""
        down, right = np.gradient(self._height() * head * self.size / 2)
        normals = np.stack([-right, -down, np.ones_like(down)], axis=-1)
        normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
        key = np.clip(normals @ (_KEY_LIGHT / np.linalg.norm(_KEY_LIGHT)), 0, 1)
        fill = np.clip(normals @ _FILL_LIGHT, 0, 1)
        light = _blurred(0.28 + 0.62 * key + 0.22 * fill, self.size / 200)
        blush = self._pair(0.33, 0.17, 0.15, 0.12) * 0.35
        color = self.skin * (1 - blush * np.array([0.02, 0.22, 0.22]))
        color = _mixed(color, _LIPS, 0.8 * np.clip(self.upper_lip + self.lower_lip, 0, 1))
        return color * light[..., None]

    def _with_mouth(self, pixels: np.ndarray, head: np.ndarray) -> np.ndarray:
        pixels = _mixed(pixels, _INSIDE_OF_MOUTH, self.inside)
        if self.look.teeth > 0:
            edge = self.upper_edge + 0.055 * self.look.teeth + 0.02
            gaps = 0.92 + 0.08 * np.abs(np.cos(self.x / 0.045 * np.pi / 2))
            pixels = _mixed(
                pixels, _TEETH * gaps[..., None], self.inside * _inside(self.y - edge, 0.012)
            )
        return pixels * (1 - 0.55 * self.seam * head)[..., None]

    def _with_eyes(self, pixels: np.ndarray) -> np.ndarray:
        look = self.look
        opening = 0.078 * look.eye_open
        for side in _SIDES:
            across = (self.x - side * _EYE_X) / 0.125
            width = np.abs(across) < 1
            arc = np.clip(1 - across**2, 0, 1)
            top = _EYE_Y - opening * 1.15 * arc**0.8 - 0.01 * side * across
            squint = 0.04 * look.squint * min(1, 2 * look.eye_open)
            bottom = _EYE_Y + (opening * 0.85 - squint) * arc
            eye = self._between(top, bottom, 0.008) * width
            shade = np.clip(0.8 + 3 * (self.y - _EYE_Y), 0.55, 1.1)[..., None]
            pixels = _mixed(pixels, _WHITE_OF_EYE * shade, eye)
            center = np.hypot(self.x - side * _EYE_X, self.y - _EYE_Y + 0.004)
            pixels = _mixed(pixels, _IRIS, eye * _inside(center - 0.062, 0.01))
            pixels = _mixed(pixels, _PUPIL, eye * _inside(center - 0.028, 0.008))
            lashes = 0.95 * np.exp(-(((self.y - top) / 0.012) ** 2))
            lower = 0.35 * np.exp(-(((self.y - bottom) / 0.007) ** 2))
            crease = 0.35 * np.exp(-(((self.y - top + 0.03 + 0.02 * look.eye_open) / 0.008) ** 2))
            lids = np.maximum(np.maximum(lashes, lower), crease) * width
            pixels = pixels * (1 - 0.8 * lids)[..., None]
            glint = np.hypot(self.x - side * _EYE_X + 0.02, self.y - _EYE_Y + 0.026)
            pixels = _mixed(pixels, np.array(245), eye * _inside(glint - 0.012, 0.006))
        return pixels

    def _with_brows(self, pixels: np.ndarray) -> np.ndarray:
        look = self.look
        inner_y = self.brow_y - 0.03 * look.brow_slant + 0.045 * max(0, -look.brow_slant)
        for side in _SIDES:
            points = [
                (side * (0.085 - 0.02 * look.furrow), inner_y),
                (side * 0.22, self.brow_y - 0.035 - 0.012 * look.brow_raise),
                (side * 0.385, self.brow_y + 0.03 + 0.03 * look.brow_slant),
            ]
            thickness = 0.026 * np.clip(1.15 - np.abs(np.abs(self.x) - 0.2) / 0.32, 0.35, 1)
            brow = 0.9 * _inside(self._distance(points) - thickness, 0.016)
            pixels = _mixed(pixels, 0.9 * self.hair, brow)
        return pixels

    def _scene(self) -> np.ndarray:
        """Return everything behind the face: background, shoulders, neck, hair and ears."""
        falloff = 1 - 0.09 * ((self.x + 0.4) ** 2 + (self.y + 0.5) ** 2)
        scene = _BACKGROUND * falloff[..., None]
        shoulders = _inside(np.hypot(self.x / 1.15, (self.y - 1.38) / 0.62) - 1, 0.02)
        scene = _mixed(scene, _SHIRT * (1 - 0.25 * np.abs(self.x))[..., None], shoulders)
        neck = _inside(np.abs(self.x) - 0.30, 0.03) * _inside(0.3 - self.y, 0.05)
        neck = neck * _inside(self.y - 1.0 + 0.15 * np.cos(3 * self.x), 0.03)
        shadow = 0.62 - 0.25 * self._bump(0, self.chin + 0.02, 0.5, 0.2)
        scene = _mixed(scene, self.skin * shadow[..., None], neck)
        strands = 1 + 0.10 * np.sin(40 * np.arctan2(self.x, self.y + 1.4) + 6 * self.x)
        gloss = 0.8 + 0.5 * np.clip(1 - np.hypot(self.x + 0.3, self.y + 0.8), 0, 1)
        hair = _inside(np.hypot(self.x / 0.70, (self.y + 0.22) / 0.78) - 1, 0.03)
        scene = _mixed(scene, self.hair * (strands * gloss)[..., None], hair)
        ears = _inside(np.hypot((np.abs(self.x) - 0.62) / 0.07, (self.y - 0.02) / 0.14) - 1, 0.1)
        return _mixed(scene, 0.72 * self.skin, ears)

    def _bump(self, x: float, y: float, width: float, height: float) -> np.ndarray:
        return np.exp(-(((self.x - x) / width) ** 2) - ((self.y - y) / height) ** 2)

    def _pair(self, x: float, y: float, width: float, height: float) -> np.ndarray:
        """Return a bump on either side, ``(size, size, 1)``."""
        return (self._bump(-x, y, width, height) + self._bump(x, y, width, height))[..., None]

    def _between(self, top: np.ndarray, bottom: np.ndarray, edge: float) -> np.ndarray:
        return _inside(np.maximum(top - self.y, self.y - bottom), edge)

    def _distance(self, points: list[Point]) -> np.ndarray:
        """Return the distance to a parabola, or a line, through points."""
        index = np.arange(len(points))
        along = np.linspace(0, len(points) - 1, 100)
        xs = np.polyval(np.polyfit(index, [x for x, _ in points], len(points) - 1), along)
        ys = np.polyval(np.polyfit(index, [y for _, y in points], len(points) - 1), along)
        nearest = np.full_like(self.x, np.inf)
        for x, y in zip(xs, ys, strict=True):
            np.minimum(nearest, (self.x - x) ** 2 + (self.y - y) ** 2, out=nearest)
        return np.sqrt(nearest)


def _inside(distance: np.ndarray, edge: float) -> np.ndarray:
    """Return 1 where a signed distance is negative, with a soft edge."""
    return 1 / (1 + np.exp(np.clip(4 * distance / edge, -40, 40)))


def _blurred(light: np.ndarray, radius: float) -> np.ndarray:
    """Return light from 0 to 1.25 without the edges of single pixels."""
    image = Image.fromarray(np.rint(200 * light).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius))) / 200


def _mixed(below: np.ndarray, above: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """Return a layer over another one, ``(size, size, 3)``."""
    return below * (1 - opacity[..., None]) + above * opacity[..., None]


if __name__ == "__main__":
    for number, (name, (look, person)) in enumerate(PORTRAITS.items(), start=5):
        draw_portrait(look, person).save(Path(sys.argv[1]) / f"{number}_{name}.jpg", quality=85)
