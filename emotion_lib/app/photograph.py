"""The page's answer to a photograph."""

from html import escape
from pathlib import Path

import numpy as np

from ..images import ImageError, read_image
from ..inference.drawing import MAX_SHOWN, annotate, shrunk
from ..inference.predictor import Predictor
from . import cards

NO_FACE = (
    "**No face found.** Try a picture in which the face is larger, upright, well lit and not "
    "covered."
)


def read_photograph(predictor: Predictor, path: str | None) -> tuple[np.ndarray | None, str, str]:
    """Read the faces in an uploaded file.

    Args:
        predictor: finds and reads the faces.
        path: the file; None if the visitor has removed it.

    Returns:
        The annotated picture (None if there is none to show), a message in Markdown, and the cards
        as HTML.
    """
    if path is None:
        return None, "", ""
    try:
        pixels = read_image(path)
    except ImageError as error:
        # The visitor knows the file by its name; the path is the server's own.
        return None, _unreadable(str(error).replace(path, Path(path).name)), ""
    (result,) = predictor.predict([pixels], abstain=predictor.threshold)
    if result.status == "error":
        return None, _unreadable(result.error), ""
    if not result:
        return shrunk(pixels), NO_FACE, ""
    count = len(result)
    found = "1 face" if count == 1 else f"{count} faces, numbered from left to right"
    return (
        annotate(pixels, result, max_side=MAX_SHOWN),
        f"**{found}.** Perceived expressions, the most probable in bold:",
        cards.of_predictions(result, range(1, count + 1)),
    )


def _unreadable(reason: str) -> str:
    return f"**This picture cannot be read.** {escape(reason)}"
