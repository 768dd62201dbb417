"""Fixtures of the commands' tests."""

import shutil
import signal

import numpy as np
import pytest
from PIL import Image

from emotion_lib.datasets.sources.synthetic import draw_face


@pytest.fixture
def mine(tmp_path):
    """Drawn faces in two folders of one's own, larger than FER-2013's."""
    rng = np.random.default_rng(0)
    for own, expression in (("Joy", "happy"), ("Anger", "angry")):
        folder = tmp_path / "mine" / own
        folder.mkdir(parents=True)
        for i in range(12):
            draw_face(expression, rng, 90).save(folder / f"{i}.png")
    return tmp_path / "mine"


@pytest.fixture
def pictures(tmp_path, photograph):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        shutil.copy(photograph, folder / name)
    return folder


@pytest.fixture
def clip(photograph, write_video):
    portrait = np.asarray(Image.open(photograph).convert("RGB").resize((320, 320)))
    return write_video([portrait] * 30, name="clip.mp4")


@pytest.fixture
def sigterm():
    """Restores the handler, and keeps a signal that nobody handles from ending the tests."""
    before = signal.signal(signal.SIGTERM, lambda *arguments: None)
    yield lambda: signal.raise_signal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, before)
