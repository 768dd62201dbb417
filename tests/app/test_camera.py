"""Tests of emotion_lib.app.camera."""

import base64
import io
import re

import numpy as np
from PIL import Image

from emotion_lib.app.camera import NO_FACE, View


def test_a_face_keeps_its_number(predictor, portrait_frames):
    view = View(predictor)
    numbers = set()
    for frame in portrait_frames(5):
        picture, bars = view.read(frame)
        content = picture.split("base64,")[1].rstrip('">')
        shown = Image.open(io.BytesIO(base64.b64decode(content)))
        assert shown.size == (320, 240)
        assert all(name in bars for name in predictor.class_names)
        numbers |= set(re.findall(r"<h3>(\d+) ", bars))
    assert numbers == {"1"}


def test_a_picture_without_a_face(predictor):
    assert View(predictor).read(np.zeros((96, 128, 3), np.uint8))[1] == NO_FACE
