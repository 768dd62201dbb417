"""The page's answer to a photograph."""

from dataclasses import replace
from html import escape
from pathlib import Path

import numpy as np

from ..images import ImageError, Picture, View
from ..inference.drawing import MAX_SHOWN, annotate
from ..inference.predictor import Predictor
from ..inference.results import Prediction
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
        with Picture(path) as picture:
            # First, as the detector needs fewer pixels: the file is decoded once.
            view = picture.whole(MAX_SHOWN)
            (result,) = predictor.predict([picture], abstain=predictor.threshold)
    except ImageError as error:
        # The visitor knows the file by its name; the path is the server's own.
        return None, _unreadable(str(error).replace(path, Path(path).name)), ""
    if result.status == "error":
        return None, _unreadable(result.error), ""
    if not result:
        return view.pixels, NO_FACE, ""
    count = len(result)
    found = "1 face" if count == 1 else f"{count} faces, numbered from left to right"
    return (
        annotate(view.pixels, [_in_view(prediction, view) for prediction in result]),
        f"**{found}.** Perceived expressions, the most probable in bold:",
        cards.of_predictions(result, range(1, count + 1)),
    )


def _in_view(prediction: Prediction, view: View) -> Prediction:
    """Return a prediction with its face in px of a view of its picture."""
    scale = 1 / view.scale
    face = prediction.face.moved(-view.left * scale, -view.top * scale, scale)
    return replace(prediction, face=face)


def _unreadable(reason: str) -> str:
    return f"**This picture cannot be read.** {escape(reason)}"
