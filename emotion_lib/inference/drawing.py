"""Boxes and labels drawn onto pictures."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .predictor import NOT_SURE, Prediction

# One colour a face, told apart with every common colour vision (Okabe & Ito), dark enough for white text.
COLORS = ("#0072B2", "#B34A00", "#00795B", "#8F3F73", "#5C5200", "#2B6CB0", "#7A3E9D")

MAX_SHOWN = 2048  # px a side; a screen shows no more, and a picture of 100 megapixels takes a browser a gigabyte


def color_of(number: int) -> str:
    """Colour of the face with this number (from 0), the same on picture and page."""
    return COLORS[number % len(COLORS)]


def shrunk(image: np.ndarray, max_side: int = MAX_SHOWN) -> np.ndarray:
    """Return a picture with no side longer than ``max_side`` px; a smaller one as it is.

    Args:
        image: uint8 RGB ``(height, width, 3)``.
        max_side: px; by default as much as a screen shows.
    """
    scale = max_side / max(image.shape[:2])
    if scale >= 1:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(
        Image.fromarray(image).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    )


def annotate(
    image: np.ndarray,
    predictions: Sequence[Prediction],
    numbers: Sequence[int] | None = None,
    max_side: int | None = None,
) -> np.ndarray:
    """Draw each face's box with its number, label and probability.

    Args:
        image: uint8 RGB ``(height, width, 3)``; stays as it is.
        predictions: of this picture, left to right.
        numbers: the faces' own numbers, such as those of tracks; None: 1, 2, 3 ...
        max_side: px; a larger picture is shrunk to it first. None: none is.

    Returns:
        A new uint8 RGB array, of the same shape if it was not shrunk.
    """
    small = image if max_side is None else shrunk(image, max_side)
    scale = np.divide(
        small.shape[1::-1], image.shape[1::-1]
    )  # of x and y, which rounding may keep apart
    boxes = [
        tuple(np.multiply(prediction.face.box, (*scale, *scale)).tolist())
        for prediction in predictions
    ]
    picture = Image.fromarray(small).copy()
    pen = ImageDraw.Draw(picture)
    line = max(2, round(min(picture.size) / 250))
    # The text grows with the picture but never beyond what its smallest neighbourhood of faces bears.
    size = int(np.clip(min(picture.size) / 28, 11, 64))
    font = ImageFont.load_default(size)
    numbers = numbers or range(1, len(predictions) + 1)
    numbered = [(n - 1, p, box) for n, p, box in zip(numbers, predictions, boxes, strict=True)]
    for number, _, (x, y, w, h) in numbered:
        pen.rectangle([x, y, x + w, y + h], outline=color_of(number), width=line)
    for number, prediction, (
        x,
        y,
        _,
        h,
    ) in numbered:  # after all boxes, so that none crosses a label
        text = caption(prediction, number)
        left, top, right, bottom = pen.textbbox((0, 0), text, font=font)
        width, height = right - left + 2 * line, bottom - top + 3 * line
        tx = float(np.clip(x, 0, max(0, picture.width - width)))
        ty = y - height if y >= height else min(y + h, picture.height - height)
        pen.rectangle([tx, ty, tx + width, ty + height], fill=color_of(number))
        pen.text((tx + line - left, ty + 1.5 * line - top), text, fill="white", font=font)
    return np.asarray(picture)


def caption(prediction: Prediction, number: int) -> str:
    """What stands beside a box, such as "1 happy 93 %"; an unsure one gives no figure."""
    if prediction.label == NOT_SURE:
        return f"{number + 1} {NOT_SURE}"
    return (
        f"{number + 1} {prediction.label} {prediction.probabilities[prediction.label]:.0%}".replace(
            "%", " %"
        )
    )
