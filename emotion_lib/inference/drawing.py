"""Boxes and labels of faces, drawn onto images.

An expression has the same colour as everywhere, see
:data:`emotion_lib.labels.EXPRESSION_COLORS`. Boxes of faces that are not sure, or in poor view, are
dashed and gray.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from ..faces.detection import Box
from ..labels import UNREAD_COLOR, color_of
from .label_places import label_places
from .results import NOT_SURE, POOR_VIEW, Prediction

# Text has this share of the picture's longer side: 14 px where the picture is shown 640 px wide.
TEXT_SHARE = 1 / 45
# Text is not smaller than this, in px, and where faces are small no higher than this share of them.
MIN_TEXT = 12
TEXT_PER_FACE = 1 / 3
# Lines of boxes have this share of the picture's longer side: 2.1 px at 640 px.
LINE_SHARE = 1 / 300
MIN_LINE = 2
# Length of dashes and gaps, as a multiple of the line.
DASH = 4


def annotate(
    image: np.ndarray,
    predictions: Sequence[Prediction],
    numbers: Sequence[int] | None = None,
) -> np.ndarray:
    """Draw each face's box with its number, label and probability.

    Lines and text grow with the image, as it is scaled down to be shown. Labels avoid all faces
    and each other.

    Args:
        image: uint8 RGB ``(height, width, 3)``; it is not changed.
        predictions: of this image, from left to right.
        numbers: numbers of the faces from 1, such as those of tracks; None: 1, 2, 3 ...

    Returns:
        A new uint8 RGB array of the same shape.
    """
    picture = Image.fromarray(image)  # a copy, as Pillow stores RGB with a fourth byte
    pen = ImageDraw.Draw(picture)
    line = max(MIN_LINE, round(max(picture.size) * LINE_SHARE))
    boxes = [prediction.face.box for prediction in predictions]
    for box, prediction in zip(boxes, predictions, strict=True):
        _draw_box(pen, box, line, label_of(prediction))
    font = _font(_text_size(picture.size, predictions))
    numbers = numbers or range(1, len(predictions) + 1)
    captions = list(map(caption, predictions, numbers))
    # All labels are as high as a text with the highest and the lowest letters.
    _, top, _, bottom = pen.textbbox((0, 0), "0lgp", font=font)
    height = bottom - top + 4 * line
    sizes = [(pen.textlength(text, font=font) + 4 * line, height) for text in captions]
    # Labels come after all boxes, so that no box crosses a label.
    places = label_places(boxes, sizes, picture.size)
    for index, prediction in enumerate(predictions):
        x, y = places[index]
        width, height = sizes[index]
        color = _color_of(label_of(prediction))
        pen.rectangle(
            [x, y, x + width - 1, y + height - 1], fill=color, outline="white", width=line // 2
        )
        position = (x + 2 * line, y + 2 * line - top)
        pen.text(position, captions[index], fill=text_color(color), font=font)
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
    label = label_of(prediction)
    if label in (NOT_SURE, POOR_VIEW):
        return f"{number} {label}"
    return f"{number} {label} {100 * prediction.probabilities[label]:.0f} %"


def label_of(prediction: Prediction) -> str:
    """Return the label that is shown: "poor view" for a face whose label cannot be believed."""
    return POOR_VIEW if prediction.face.quality == "poor" else prediction.label


def text_color(background: str) -> str:
    """Return "white" or "black", whichever has more contrast on a colour: at least 4.5.

    Example:
        >>> text_color("#FFE000"), text_color("#302080")
        ('black', 'white')
    """
    return "black" if luminance(background) > 0.179 else "white"


def luminance(color: str) -> float:
    """Return the relative luminance of a colour, 0..1 (Web Content Accessibility Guidelines)."""
    channels = np.array(ImageColor.getrgb(color)[:3]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def _color_of(label: str) -> str:
    return UNREAD_COLOR if label in (NOT_SURE, POOR_VIEW) else color_of(label)


def _draw_box(pen: ImageDraw.ImageDraw, box: Box, line: int, label: str) -> None:
    """Draw a box between two white lines, which separate it from a picture of its own colour."""
    left, top, width, height = (round(value) for value in box)
    right = left + width
    bottom = top + height
    halo = max(1, line // 2)
    pen.rectangle(
        [left - halo, top - halo, right + halo, bottom + halo],
        outline="white",
        width=line + 2 * halo,
    )
    color = _color_of(label)
    if label not in (NOT_SURE, POOR_VIEW):
        pen.rectangle([left, top, right, bottom], outline=color, width=line)
        return
    for x in _dashes(left, right, line):
        for y in (top, bottom - line + 1):
            pen.rectangle([x, y, min(x + DASH * line, right), y + line - 1], fill=color)
    for y in _dashes(top, bottom, line):
        for x in (left, right - line + 1):
            pen.rectangle([x, y, x + line - 1, min(y + DASH * line, bottom)], fill=color)


def _dashes(start: int, end: int, line: int) -> range:
    """Return where the dashes along a side begin."""
    return range(start, end, 2 * DASH * line)


def _text_size(size: tuple[int, int], predictions: Sequence[Prediction]) -> int:
    """Return the height of the text in px for a picture of a size."""
    height = max(MIN_TEXT, max(size) * TEXT_SHARE)
    if predictions:
        face = float(np.median([prediction.face.size for prediction in predictions]))
        height = min(height, max(MIN_TEXT, height / 2, face * TEXT_PER_FACE))
    return round(height)


@lru_cache(8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's font of a size; loading it for every frame would take as long as drawing."""
    return ImageFont.load_default(size)
