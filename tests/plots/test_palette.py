from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from emotion_lib.labels import EIGHT_EXPRESSIONS, EXPRESSION_COLORS
from emotion_lib.plots.palette import BLUE, SERIES, colors_of

# Machado, Oliveira & Fernandes, "A physiologically-based model for simulation of color vision
# deficiency", 2009: linear RGB at full severity.
SIMULATIONS = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(color):
    """Return linear RGB of a colour such as "#D50402" (IEC 61966-2-1)."""
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def cielab(rgb):
    """Return CIELAB coordinates of linear RGB."""
    t = TO_XYZ @ np.clip(rgb, 0, 1) / TO_XYZ.sum(axis=1)
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(first, second):
    """Return the contrast ratio of two colours (Web Content Accessibility Guidelines)."""
    dark, light = sorted(TO_XYZ[1] @ linear(color) for color in (first, second))
    return (light + 0.05) / (dark + 0.05)


def test_every_expression_has_a_colour():
    assert tuple(EXPRESSION_COLORS) == EIGHT_EXPRESSIONS


@pytest.mark.parametrize("vision", SIMULATIONS)
@pytest.mark.parametrize(
    ("colors", "least"), [(tuple(EXPRESSION_COLORS.values()), 19), (SERIES, 16)]
)
def test_colours_are_distinguishable(colors, least, vision):
    seen = {}
    for color in colors:
        seen[color] = cielab(np.array(SIMULATIONS[vision]) @ linear(color))
    for first, second in combinations(seen, 2):
        assert np.linalg.norm(seen[first] - seen[second]) > least, (first, second)


@pytest.mark.parametrize("background", ["#FFFFFF", "#1B1F26"])
def test_colours_stand_out_on_light_and_dark(background):
    for name, color in EXPRESSION_COLORS.items():
        assert contrast(color, background) >= 3, name


def test_colours_of_models_stand_out_on_white():
    for color in SERIES:
        assert contrast(color, "#FFFFFF") >= 3, color


def test_other_classes_get_the_default():
    assert colors_of(["happy", "bored"]) == [EXPRESSION_COLORS["happy"], BLUE]
