"""One face through each knob of the augmentation."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

STEPS = 7  # pictures per knob; an odd number, so that the middle one is the face itself
# Two pictures say all of a mirror image.
STEPS_OF = {"flip": 2}


def augmentation_knobs(face: np.ndarray, options: Mapping[str, Any], seed: int = 0) -> Figure:
    """Draw one face under each knob of the augmentation, from its minimum to its maximum.

    One row per knob, in which the others are at rest, and a last row with all of them, drawn at
    random as in training. The layer of the training draws them.

    Args:
        face: uint8 0..255, ``(height, width)`` or ``(height, width, channels)``.
        options: arguments of :class:`emotion_lib.models.augmentation.Augmentation`; those that are
            0 or False have no row.
        seed: of the last row.
    """
    from ..models.augmentation import Augmentation
    from ..models.augmentation_sweep import sweep

    knobs = {name: value for name, value in options.items() if value and name != "seed"}
    rows = {}
    for name, value in knobs.items():
        rows[name] = sweep(face, name, value, STEPS_OF.get(name, STEPS))
    drawn = Augmentation(**{**options, "seed": seed})
    rows["all, at random"] = np.asarray(drawn(_copies(face), training=True))

    figure = Figure(figsize=(9.6, 1.35 * len(rows)), layout="constrained")
    axes = figure.subplots(len(rows), STEPS, squeeze=False)
    for axis in axes.ravel():
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    for row, (name, images) in zip(axes, rows.items(), strict=True):
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
        values = _values(name, knobs.get(name, 0))
        for axis, image, text in zip(row, images, values, strict=False):
            axis.imshow(np.squeeze(image) / 255, cmap="gray", vmin=0, vmax=1)
            axis.set_title(text, fontsize=9, pad=2)
    return figure


def _copies(face: np.ndarray) -> np.ndarray:
    """Return the face once per step, float32 ``(steps, height, width, channels)``."""
    pixels = np.asarray(face, np.float32).reshape(*face.shape[:2], -1)
    return np.repeat(pixels[None], STEPS, axis=0)


def _values(knob: str, limit: float) -> list[str]:
    """Return what each picture of a row shows of its knob, in the knob's own unit."""
    steps = np.linspace(-limit, limit, STEPS)
    if knob in ("rotation", "shear"):
        return [_signed(step) + "°" for step in steps]
    if knob in ("shift", "brightness"):
        return [_signed(100 * step) + " %" for step in steps]
    if knob in ("zoom", "contrast"):
        return [f"× {1 + step:.2f}" for step in steps]
    if knob == "flip":
        return ["mirrored", "as it is"]
    if knob == "erasing":
        return [f"in {limit:.0%}", "of the faces", *[""] * (STEPS - 2)]
    return [""] * STEPS


def _signed(value: float) -> str:
    """Return a number with one decimal at most and its sign; 0 has none."""
    text = f"{round(value, 1) + 0.0:g}"  # + 0.0 makes 0 of -0
    return "+" + text if value > 0 else text
