"""Which parts of a face its label depends on: the occlusion map of what the network saw.

How the map is made, and why in this way, is in :mod:`emotion_lib.images.occlusion`.
"""

from dataclasses import dataclass

import numpy as np

from ..errors import EmotionError
from ..faces.cropping import Square, square_of, to_input
from ..faces.picture_faces import faces_with_crops
from ..images import ImageSource, Picture
from ..images.occlusion import occlusion_map
from .predictor import Predictor


class NoSuchFaceError(EmotionError, ValueError):
    """A picture does not have the face that is to be explained."""


@dataclass(frozen=True)
class Explanation:
    """Occlusion map of one face.

    Attributes:
        label: the most probable class, which is explained.
        probability: of the label, with nothing covered.
        input: what the network saw, uint8 ``(height, width, channels)``.
        square: its place in px of the picture.
        heat: float32 ``(12, 12)``; by how much the probability falls when the patch around a cell
            is covered, negative where it rises.
    """

    label: str
    probability: float
    input: np.ndarray
    square: Square
    heat: np.ndarray


def explain(predictor: Predictor, image: ImageSource | Picture, number: int = 1) -> Explanation:
    """Explain the most probable expression of a face.

    Args:
        predictor: finds and classifies the faces.
        image: as for :meth:`Predictor.predict`; an open picture stays open.
        number: of the face, from 1, from left to right.

    Raises:
        NoSuchFaceError: the picture has fewer faces.
        ImageError: the picture cannot be used.
        FileNotFoundError: the path does not exist.
        ArtifactError: the model gives no probabilities.

    Example:
        >>> explanation = explain(Predictor.load(), "photo.jpg")  # doctest: +SKIP
        >>> explanation.label, explanation.heat.max()  # doctest: +SKIP
        ('happy', 0.31)
    """
    if not isinstance(image, Picture):
        with Picture(image) as picture:
            return explain(predictor, picture, number)
    found = faces_with_crops(image, predictor.detector, max(predictor.input_shape[:2]))
    if not 1 <= number <= len(found):
        raise NoSuchFaceError(
            f"Expected a face from 1 to {len(found)} in {image.name}. Received: {number}. "
            "Choose one of the faces that are found with the same model and detector."
        )
    face, crop = found[number - 1]
    (seen,) = to_input([crop], predictor.input_shape)
    (probabilities,) = predictor.scores([crop])
    top = int(probabilities.argmax())
    return Explanation(
        label=predictor.class_names[top],
        probability=float(probabilities[top]),
        input=seen,
        square=square_of(face, predictor.detector.framing, image.size),
        heat=occlusion_map(predictor.network, seen, top),
    )
