"""Tests of emotion_lib.app.recording."""

import os
import re

import numpy as np
import pytest

from emotion_lib.app import recording
from emotion_lib.app.recording import read_recording
from emotion_lib.video import timeline, writer
from emotion_lib.video.reader import Video


@pytest.fixture
def clip(portrait_frames, write_video):
    """One second of 25 frames."""
    return str(write_video(portrait_frames(25)))


def test_a_video(predictor, clip, tmp_path):
    calls = []
    reading = read_recording(
        predictor, clip, tmp_path / "out", progress=lambda *seconds: calls.append(seconds)
    )
    assert reading.message.startswith("**1 face in 1.0 seconds.**")
    assert "Stopped" not in reading.message
    assert len(calls) == 25
    assert calls[-1] == pytest.approx((0.96, 1.0))
    seconds = [float(value) for value in re.findall(r">([\d.]+) s<", reading.cards)]
    assert sum(seconds) == pytest.approx(0.96, abs=0.3)
    assert seconds == sorted(seconds, reverse=True)
    assert reading.annotated.suffix in (".mp4", ".webm")  # with and without ffmpeg
    assert len(list(Video(reading.annotated))) == 25
    assert len(timeline.read(reading.table)) == 25
    assert reading.course.axes


def test_a_stopped_video_shows_what_was_read(predictor, clip, tmp_path):
    calls = []
    reading = read_recording(
        predictor,
        clip,
        tmp_path / "out",
        progress=lambda *seconds: calls.append(seconds),
        stopped=lambda: len(calls) == 10,
    )
    assert "Stopped at 0.4 s." in reading.message
    assert len(timeline.read(reading.table)) == 10


def test_a_video_that_is_longer_than_the_page_reads(predictor, clip, tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "MAX_SECONDS", 0.6)
    reading = read_recording(predictor, clip, tmp_path / "out")
    assert "emotion video FILE" in reading.message
    assert len(timeline.read(reading.table)) == 16


def test_a_full_disk_shows_what_was_read(predictor, clip, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "MIN_FREE", 2**60)
    reading = read_recording(predictor, clip, tmp_path / "out")
    assert "stopped there: less than 16 MiB left" in reading.message
    assert len(timeline.read(reading.table)) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_disk_that_is_full_from_the_start(predictor, clip, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "timeline.csv").symlink_to("/dev/full")
    reading = read_recording(predictor, clip, tmp_path / "out")
    assert "No space left on device" in reading.message
    assert reading.table is None


def test_a_file_that_is_not_a_video(predictor, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    reading = read_recording(predictor, str(broken), tmp_path / "out")
    assert "cannot be read" in reading.message
    assert "broken.mp4" in reading.message
    assert str(tmp_path) not in reading.message
    assert reading.annotated is None


def test_a_video_without_a_face(predictor, write_video, tmp_path):
    path = write_video(np.zeros((10, 96, 128, 3), np.uint8))
    reading = read_recording(predictor, str(path), tmp_path / "out")
    assert reading.message == recording.NO_FACE
    assert reading.annotated.is_file()
    assert reading.table is None
