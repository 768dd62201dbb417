import time

import numpy as np
import pytest

from emotion_lib.video import camera as camera_module
from emotion_lib.video.camera import Camera
from emotion_lib.video.clock import frame_interval
from emotion_lib.video.frames import VideoError


def test_a_camera_gives_the_newest_frame(write_video, shades):
    """A slow reader misses frames and does not lag behind."""
    with Camera(str(write_video(shades(50), rate=50))) as camera:
        frames = []
        for frame in camera:
            frames.append(frame)
            time.sleep(0.1)
    assert 4 <= len(frames) <= 20
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert frames[-1].time_s > 0.5
    assert frames[-1].image.mean() > frames[1].image.mean()


def test_a_file_as_a_camera_plays_by_its_timestamps(write_video, shades, monkeypatch):
    """Not by the rate that its container claims."""

    def with_another_rate(timestamps, rate):
        return frame_interval(timestamps, 1000.0)

    monkeypatch.setattr(camera_module, "frame_interval", with_another_rate)
    with Camera(write_video(shades(3), rate=25)) as camera:
        assert camera._pause == pytest.approx(0.04)


def test_a_camera_that_disappears_ends_the_frames(monkeypatch, write_video, shades):
    monkeypatch.setattr(camera_module, "CAMERA_PATIENCE", 0.3)
    with Camera(str(write_video(shades(5)))) as camera:
        camera._pause = 0.0  # as a camera, not as a file
        start = time.monotonic()
        assert 1 <= len(list(camera)) <= 5
        assert 0.2 < time.monotonic() - start < 5


def test_a_camera_that_is_not_there():
    with pytest.raises(VideoError, match=r"Expected a camera.*Received: 97"):
        Camera(97)


def test_the_newest_frame_replaces_an_older_one(write_video, shades):
    with Camera(write_video(shades(3))) as camera:
        for value in (1, 2):
            camera._offer(np.full((2, 2, 3), value, np.uint8))
        assert camera._newest.get_nowait()[0, 0, 0] == 2
