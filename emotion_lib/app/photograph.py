"""What the page shows for a photograph."""

from html import escape
from pathlib import Path

import numpy as np

from ..images import ImageError, read_image
from ..inference.drawing import MAX_SHOWN, annotate, shrunk
from ..inference.predictor import Predictor
from . import cards

NO_FACE = "**No face found.** Try a picture in which the face is larger, upright, well lit and not covered."


def read_photograph(predictor: Predictor, path: str | None) -> tuple[np.ndarray | None, str, str]:
    """Read an uploaded file.

    Returns:
        The annotated picture (None if there is none to show), a message in Markdown, and the cards as HTML.
    """
    if path is None:
        return None, "", ""
    try:
        pixels = read_image(path)
    except ImageError as error:
        # The path is the server's own; the visitor knows the file by its name.
        return (
            None,
            f"**This picture cannot be read.** {escape(str(error).replace(path, Path(path).name))}",
            "",
        )
    predictions = predictor.predict(pixels, abstain=predictor.threshold)
    if predictions.status == "error":
        return None, f"**This picture cannot be read.** {escape(predictions.error)}", ""
    if not predictions:
        return shrunk(pixels), NO_FACE, ""
    found = (
        "1 face"
        if len(predictions) == 1
        else f"{len(predictions)} faces, numbered from left to right"
    )
    return (
        annotate(pixels, predictions, max_side=MAX_SHOWN),
        f"**{found}.** Perceived expressions, the most probable in bold:",
        cards.of_predictions(predictions, range(1, len(predictions) + 1)),
    )
