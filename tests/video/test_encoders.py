import shutil
import signal
import subprocess

import numpy as np
import pytest

from emotion_lib.video.encoders import FFmpegEncoder, OpenCVEncoder, can_encode_h264, complete
from emotion_lib.video.frames import VideoError
from emotion_lib.video.reader import Video

SIZE = (96, 64)
FRAME = np.full((64, 96, 3), (200, 60, 20), np.uint8)
needs_ffmpeg = pytest.mark.skipif(
    not can_encode_h264(SIZE, 25.0), reason="ffmpeg with libx264 is not installed"
)
needs_ffprobe = pytest.mark.skipif(
    shutil.which("ffprobe") is None, reason="ffprobe is not installed"
)


def frames_of(path):
    with Video(path) as video:
        return list(video)


@pytest.mark.parametrize(
    ("encoder", "name"),
    [pytest.param(FFmpegEncoder, "a.mp4", marks=needs_ffmpeg), (OpenCVEncoder, "a.webm")],
)
def test_frames_keep_their_number_size_and_colour(encoder, name, tmp_path):
    writer = encoder(tmp_path / name, SIZE, 25.0)
    for _ in range(5):
        writer.write(FRAME)
    assert writer.close() is None
    frames = frames_of(tmp_path / name)
    assert len(frames) == 5
    assert frames[2].image.shape == FRAME.shape
    assert np.abs(frames[2].image.astype(int) - FRAME).max() < 12


@needs_ffmpeg
def test_a_file_can_be_played_before_it_is_complete(tmp_path):
    """Also if ffmpeg is killed; what it said or how it ended is the reason."""
    writer = FFmpegEncoder(tmp_path / "a.mp4", SIZE, 25.0)
    with pytest.raises(OSError, match=r"ffmpeg has ended.*a\.mp4"):
        for index in range(2000):
            if index == 700:  # x264 starts a fragment every 250 frames
                writer._process.send_signal(signal.SIGKILL)
            writer.write(FRAME)
    assert "ffmpeg has ended" in writer.close()
    assert 100 < len(frames_of(tmp_path / "a.mp4")) < 2000


@needs_ffmpeg
def test_a_complete_file_begins_with_its_index(tmp_path):
    path = tmp_path / "a.mp4"
    writer = FFmpegEncoder(path, SIZE, 25.0)
    for _ in range(5):
        writer.write(FRAME)
    writer.close()
    assert complete(path, 0.2)
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert b"moof" not in content
    assert len(frames_of(path)) == 5
    assert not complete(path, 0.2, sound_of=tmp_path / "missing.mp4")
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("answer", ["exit 1", "kill -9 $$"])
def test_a_build_without_the_encoder_is_noticed(answer, tmp_path, monkeypatch):
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not can_encode_h264(SIZE, 25.0)
    program.unlink()
    assert not can_encode_h264(SIZE, 25.0)


def test_the_fallback_refuses_what_cannot_be_opened(tmp_path):
    (tmp_path / "a.webm").mkdir()
    with pytest.raises(VideoError, match="Choose another file"):
        OpenCVEncoder(tmp_path / "a.webm", SIZE, 25.0)


def one_second(folder):
    """Write a silent file of one second, and return its path."""
    path = folder / "a.mp4"
    writer = FFmpegEncoder(path, SIZE, 25.0)
    for _ in range(25):
        writer.write(FRAME)
    writer.close()
    return path


@pytest.fixture
def film(tmp_path):
    """A video of two seconds with a tone."""
    path = tmp_path / "film.mkv"
    sources = ["-f", "lavfi", "-i", "testsrc=size=96x64:rate=25:duration=2"]
    sources += ["-f", "lavfi", "-i", "sine=frequency=440:duration=2"]
    subprocess.run(["ffmpeg", "-loglevel", "error", *sources, path], check=True)
    return path


@needs_ffmpeg
@needs_ffprobe
def test_sound_that_begins_before_the_picture_is_cut(film, tmp_path):
    """As in recordings of a screen or of television. The tone begins 0.3 s after it."""
    late = tmp_path / "late.mkv"
    sound = "aevalsrc=exprs=gt(t\\,0.8)*sin(2764*t):duration=2"
    command = ["ffmpeg", "-loglevel", "error", "-itsoffset", "0.5", "-i", film]
    command += ["-f", "lavfi", "-i", sound, "-map", "0:v", "-map", "1:a", late]
    subprocess.run(command, check=True)
    path = one_second(tmp_path)
    assert complete(path, 1.0, sound_of=late)
    command = ["ffmpeg", "-loglevel", "error", "-i", path, "-f", "s16le", "-ac", "1", "-"]
    samples = np.frombuffer(subprocess.run(command, capture_output=True).stdout, np.int16)
    onset = np.flatnonzero(np.abs(samples.astype(int)) > 3000)[0] / len(samples)
    assert onset == pytest.approx(0.3, abs=0.08)


@needs_ffmpeg
@needs_ffprobe
def test_the_sound_ends_with_the_frames(film, tmp_path):
    path = one_second(tmp_path)
    assert complete(path, 1.0, sound_of=film)
    shown = ["-show_entries", "stream=codec_name,pix_fmt,duration", "-of", "csv=p=0"]
    answer = subprocess.run(
        ["ffprobe", "-loglevel", "error", *shown, path],
        capture_output=True,
        text=True,
        check=True,
    )
    picture, sound = (line.split(",") for line in answer.stdout.split())
    assert picture[:2] == ["h264", "yuv420p"]
    assert sound[0] == "aac"
    assert float(picture[-1]) == pytest.approx(1.0, abs=0.01)
    assert float(sound[-1]) == pytest.approx(1.0, abs=0.05)
