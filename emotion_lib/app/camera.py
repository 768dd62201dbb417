"""What the page shows for a visitor's camera, picture by picture."""

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

NO_FACE = "No face in sight."
_QUALITY = 80  # of JPEG


class View:
    """One visitor's camera: faces keep their numbers from picture to picture."""

    def __init__(self, predictor: Predictor):
        self._reader = MomentReader(predictor, abstain=predictor.threshold, half_life=0.3)
        self._start, self._count = time.monotonic(), 0

    def read(self, image: np.ndarray) -> tuple[str, str]:
        """The picture, uint8 RGB ``(height, width, 3)``, annotated, and its faces' cards, both as HTML."""
        moment = self._reader.read(Frame(self._count, time.monotonic() - self._start, image))
        self._count += 1
        shown = annotate(image, moment.predictions, moment.track_ids)
        return _inline(shown), cards.of_predictions(
            moment.predictions, moment.track_ids
        ) if moment.predictions else NO_FACE


def _inline(image: np.ndarray) -> str:
    """A picture within the HTML itself: as a component of its own Gradio would write each one to the disk."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=_QUALITY)
    return f'<img alt="Faces found" src="data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}">'
