"""Results of the predictor as answers of the API."""

from ..inference.results import NOT_SURE, Prediction, Result
from .schemas import Box, FaceAnswer, FaceState, ImageAnswer

POOR_VIEW = "poor view"


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
