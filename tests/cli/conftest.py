"""Fixtures of the commands' tests."""

import shutil
import signal

import numpy as np
import pytest
from PIL import Image

from emotion_lib.datasets.sources.synthetic import draw_face


@pytest.fixture(scope="session")
def draw_pictures():
    """Return a function that draws faces into two folders of a user, larger than FER-2013's."""

    def draw(parent):
        rng = np.random.default_rng(0)
        for class_name, expression in (("Joy", "happy"), ("Anger", "angry")):
            folder = parent / "mine" / class_name
            folder.mkdir(parents=True)
            for number in range(12):
                draw_face(expression, rng, 90).save(folder / f"{number}.png")
        return parent / "mine"

    return draw


@pytest.fixture
def mine(draw_pictures, tmp_path):
    """A user's folder of labelled pictures."""
    return draw_pictures(tmp_path)


@pytest.fixture
def pictures(tmp_path, photograph):
    """A folder with three copies of a portrait."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        shutil.copy(photograph, folder / name)
    return folder


@pytest.fixture
def clip(photograph, write_video):
    """A video of 30 frames of a portrait."""
    portrait = np.asarray(Image.open(photograph).convert("RGB").resize((320, 320)))
    return write_video([portrait] * 30, name="clip.mp4")


@pytest.fixture
def sigterm():
    """Return a function that sends SIGTERM to this process.

    A signal without a handler does not end the tests, and the handler is restored.
    """
    before = signal.signal(signal.SIGTERM, lambda *arguments: None)
    yield lambda: signal.raise_signal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, before)
