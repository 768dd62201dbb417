"""The page's answer to a visitor's camera, picture by picture."""

import base64
import io
import time

import numpy as np
from PIL import Image

from ..inference.drawing import annotate
from ..inference.predictor import Predictor
from ..video.frames import Frame
from ..video.moments import MomentReader
from . import cards

NO_FACE = "No face in view."
_JPEG_QUALITY = 80


class View:
    """One visitor's camera: faces keep their numbers from picture to picture."""

    def __init__(self, predictor: Predictor):
        self._reader = MomentReader(predictor, abstain=predictor.threshold, half_life=0.3)
        self._start = time.monotonic()
        self._count = 0

    def read(self, image: np.ndarray) -> tuple[str, str]:
        """Read the faces in the next picture.

        Args:
            image: uint8 RGB ``(height, width, 3)``.

        Returns:
            The annotated picture and the cards of its faces, both as HTML.
        """
        moment = self._reader.read(Frame(self._count, time.monotonic() - self._start, image))
        self._count += 1
        annotated = _inline(annotate(image, moment.predictions, moment.track_ids))
        if not moment.predictions:
            return annotated, NO_FACE
        return annotated, cards.of_predictions(moment.predictions, moment.track_ids)


def _inline(image: np.ndarray) -> str:
    """Return an HTML element that holds a picture itself.

    Gradio would write each picture of an image component to the disk.
    """
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=_JPEG_QUALITY)
    content = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="Faces found" src="data:image/jpeg;base64,{content}">'
