"""Results of the predictor as answers of the API."""

import base64
import io

import numpy as np
from PIL import Image

from ..inference.explanation import Explanation as FaceExplanation
from ..inference.results import NOT_SURE, POOR_VIEW, Prediction, Result
from .schemas import Box, Explanation, FaceAnswer, FaceState, ImageAnswer, Square


def face_answer(prediction: Prediction, number: int) -> FaceAnswer:
    """Return the answer for a face.

    Args:
        prediction: of the face.
        number: of the face, from 1.
    """
    face = prediction.face
    x, y, width, height = face.box
    top = max(prediction.probabilities, key=prediction.probabilities.__getitem__)
    state: FaceState = "sure"
    label = prediction.label
    if face.quality == "poor":
        state = "poor_view"
        label = POOR_VIEW
    elif label == NOT_SURE:
        state = "not_sure"
    return FaceAnswer(
        number=number,
        box=Box(x=round(x, 1), y=round(y, 1), width=round(width, 1), height=round(height, 1)),
        roll=round(face.roll, 1),
        size=round(face.size, 1),
        landmarks={name: (round(x, 1), round(y, 1)) for name, (x, y) in face.landmarks.items()},
        detector_score=round(face.score, 4),
        quality=face.quality,
        state=state,
        label=label,
        top=top,
        confidence=round(prediction.probabilities[top], 4),
        probabilities={name: round(p, 4) for name, p in prediction.probabilities.items()},
    )


def image_answer(name: str, result: Result, size: tuple[int, int] | None) -> ImageAnswer:
    """Return the answer for a picture.

    Args:
        name: of the picture.
        result: of the predictor.
        size: width and height of the upright picture; None if it cannot be read.
    """
    width, height = size or (None, None)
    faces = [face_answer(prediction, number) for number, prediction in enumerate(result, start=1)]
    return ImageAnswer(
        name=name,
        status=result.status,
        error=result.error,
        width=width,
        height=height,
        faces=faces,
    )


def explanation_answer(explanation: FaceExplanation) -> Explanation:
    """Return the answer for the explanation of a face."""
    square = explanation.square
    heat = []
    for row in explanation.heat.tolist():
        heat.append([round(fall, 4) for fall in row])
    return Explanation(
        label=explanation.label,
        input=_data_url(explanation.input),
        square=Square(
            center_x=round(square.center_x, 1),
            center_y=round(square.center_y, 1),
            side=round(square.side, 1),
            roll=round(square.roll, 1),
        ),
        heat=heat,
    )


def _data_url(pixels: np.ndarray) -> str:
    """Return pixels, uint8 gray or RGB, as a data: URL of a PNG."""
    file = io.BytesIO()
    Image.fromarray(pixels.squeeze()).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
