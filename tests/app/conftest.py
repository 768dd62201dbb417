"""Fixtures of the page's tests."""

import numpy as np
import pytest
from PIL import Image

from emotion_lib.inference.predictor import Predictor


@pytest.fixture
def predictor(model_file):
    return Predictor.load(model_file)


@pytest.fixture(scope="session")
def portrait_frames():
    """Return a function that yields frames of a video, in which the page's portrait moves."""
    from emotion_lib.app.tabs import EXAMPLES

    portrait = Image.open(EXAMPLES / "1_eileen_collins.jpg").convert("RGB").resize((200, 200))

    def frames(count):
        for index in range(count):
            frame = Image.new("RGB", (320, 240), (70, 90, 110))
            frame.paste(portrait, (20 + index % 20, 20))
            yield np.asarray(frame)

    return frames
