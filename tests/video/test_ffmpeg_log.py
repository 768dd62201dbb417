import sys

import numpy as np
import pytest

from emotion_lib.video import ffmpeg_log

collected = pytest.mark.skipif(
    sys.platform != "linux", reason="FFmpeg is found in OpenCV's Linux wheels only"
)


@pytest.fixture
def damaged(write_video):
    """A video whose middle is zero."""
    noise = np.random.default_rng(0).integers(0, 256, (20, 96, 128, 3), dtype=np.uint8)
    path = write_video(noise)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(data)
    return path


def decode(path):
    import cv2

    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    while capture.read()[0]:
        pass
    capture.release()


@collected
def test_errors_of_a_damaged_video(damaged):
    with ffmpeg_log.errors() as found:
        decode(damaged)
    assert found.count > 0
    assert "damaged" in found.first
    assert not found.shared
    count = found.count
    decode(damaged)
    assert found.count == count  # errors are collected only while the block runs


@collected
def test_errors_are_shared_when_two_videos_are_read(damaged):
    with ffmpeg_log.errors() as first, ffmpeg_log.errors() as second:
        decode(damaged)
    assert first.count == second.count > 0
    assert first.shared
    assert second.shared


def test_a_whole_video_has_no_errors(write_video):
    with ffmpeg_log.errors() as found:
        decode(write_video(np.zeros((5, 64, 64, 3), np.uint8)))
    assert found == ffmpeg_log.Errors()


def test_without_a_library_nothing_is_collected(damaged, monkeypatch):
    monkeypatch.setattr(ffmpeg_log, "_library", lambda: None)
    with ffmpeg_log.errors() as found:
        decode(damaged)
    assert found.count == 0
