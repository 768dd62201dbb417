import numpy as np
import pytest
from PIL import Image

from emotion_lib.inference.predictor import Predictor
from emotion_lib.video.frames import VideoError
from emotion_lib.video.live import show_live


@pytest.fixture(scope="module")
def predictor():
    return Predictor.load()


def test_a_file_as_the_camera(predictor, photograph, write_video):
    portrait = np.asarray(Image.open(photograph).convert("RGB"))
    path = write_video([portrait] * 20)
    shown = []
    moments = []

    def show(image):
        shown.append(image)
        return True

    seconds = show_live(predictor, path, on_moment=moments.append, show=show)
    assert 0.3 < seconds < 5
    assert len(shown) == len(moments) >= 3
    assert moments[-1].predictions[0].label == "happy"
    assert shown[0].shape == portrait.shape


def test_closing_the_window_ends_it(predictor, write_video, shades):
    shown = []

    def show(image):
        shown.append(image)
        return len(shown) < 2

    show_live(predictor, write_video(shades(20)), show=show)
    assert len(shown) == 2


def test_a_machine_without_a_display(predictor, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(VideoError, match=r"DISPLAY is not set.*--no-window"):
        show_live(predictor, 0)
