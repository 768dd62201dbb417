"""Boxes and labels of faces, drawn onto images."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .results import NOT_SURE, Prediction

# One colour per face. They differ under every common colour vision (after Okabe and Ito), and are
# dark enough for white text.
COLORS = ("#0072B2", "#B34A00", "#00795B", "#8F3F73", "#5C5200", "#2B6CB0", "#7A3E9D")

# px per side. Screens show no more, and an image of 100 megapixels takes a browser a gigabyte.
MAX_SHOWN = 2048


def color_of(number: int) -> str:
    """Return the colour of a face by its number from 0, such as "#0072B2"."""
    return COLORS[number % len(COLORS)]


def annotate(
    image: np.ndarray,
    predictions: Sequence[Prediction],
    numbers: Sequence[int] | None = None,
) -> np.ndarray:
    """Draw each face's box with its number, label and probability.

    Args:
        image: uint8 RGB ``(height, width, 3)``; it is not changed.
        predictions: of this image, from left to right.
        numbers: numbers of the faces from 1, such as those of tracks; None: 1, 2, 3 ...

    Returns:
        A new uint8 RGB array of the same shape.
    """
    picture = Image.fromarray(image)  # a copy, as Pillow stores RGB with a fourth byte
    pen = ImageDraw.Draw(picture)
    line = max(2, round(min(picture.size) / 250))
    # The text grows with the image, within sizes that can be read and leave faces visible.
    font = ImageFont.load_default(int(np.clip(min(picture.size) / 28, 11, 64)))
    labels = []
    numbers = numbers or range(1, len(predictions) + 1)
    for number, prediction in zip(numbers, predictions, strict=True):
        left, top, width, height = prediction.face.box
        right, bottom = left + width, top + height
        color = color_of(number - 1)
        pen.rectangle([left, top, right, bottom], outline=color, width=line)
        labels.append((caption(prediction, number), left, top, bottom, color))
    # Labels come after all boxes, so that no box crosses a label.
    for text, box_left, box_top, box_bottom, color in labels:
        left, top, right, bottom = pen.textbbox((0, 0), text, font=font)
        width = right - left + 2 * line
        height = bottom - top + 3 * line
        x = float(np.clip(box_left, 0, max(0, picture.width - width)))
        y = box_top - height
        if y < 0:  # no room above the box
            y = min(box_bottom, picture.height - height)
        pen.rectangle([x, y, x + width, y + height], fill=color)
        pen.text((x + line - left, y + 1.5 * line - top), text, fill="white", font=font)
    return np.asarray(picture)


def caption(prediction: Prediction, number: int) -> str:
    """Return the text beside a box: number, label and probability, if the label is sure.

    Args:
        prediction: of the face.
        number: of the face, from 1.

    Example:
        >>> caption(Prediction(face, {"happy": 0.93, "sad": 0.07}, "happy"), 1)  # doctest: +SKIP
        '1 happy 93 %'
    """
    if prediction.label == NOT_SURE:
        return f"{number} {NOT_SURE}"
    share = prediction.probabilities[prediction.label]
    return f"{number} {prediction.label} {100 * share:.0f} %"
