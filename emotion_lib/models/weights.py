"""Initial weights of models: their type, and the error if they are missing."""

import os

from ..errors import EmotionError

Weights = str | os.PathLike | None
"""Initial weights: "imagenet", the path of a weights file, or None for random ones."""


class WeightsError(EmotionError, RuntimeError):
    """Pre-trained weights that are missing or do not fit; the message says what to do."""
