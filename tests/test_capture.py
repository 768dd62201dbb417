import struct
import sys
import time

import numpy as np
import pytest
from PIL import Image

from emotion_lib import capture
from emotion_lib.capture import Camera, Video, VideoError


def shades(count, size=(96, 128)):
    return [np.full((*size, 3), 20 + 3 * i, np.uint8) for i in range(count)]


def test_frames_at_their_times(write_video):
    with Video(write_video(shades(30), rate=25)) as video:
        frames = list(video)
    assert [f.index for f in frames] == list(range(30)) and video.note is None
    np.testing.assert_allclose([f.time_s for f in frames], np.arange(30) / 25, atol=0.002)
    assert frames[0].image.shape == (96, 128, 3) and abs(int(frames[8].image.mean()) - 44) <= 3
    assert video.frames_per_second == pytest.approx(25) and video.seconds == pytest.approx(1.2)


def test_variable_frame_rate(tmp_path):
    """The container's own times, not a number of frames over a rate."""
    pictures = [Image.fromarray(picture) for picture in shades(6)]
    pauses = [100, 300, 200, 500, 100, 100]  # ms
    pictures[0].save(tmp_path / "v.gif", save_all=True, append_images=pictures[1:], duration=pauses)
    with Video(tmp_path / "v.gif") as video:
        np.testing.assert_allclose([f.time_s for f in video], [0, 0.1, 0.4, 0.6, 1.1, 1.2], atol=0.011)


def test_a_portrait_recording_is_upright(write_video):
    """A telephone stores its sensor's rows and says in the header which way up they go."""
    picture = np.zeros((96, 128, 3), np.uint8)
    picture[:, :64] = 255
    path = write_video([picture] * 5)
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + 20 + 16  # version and flags, times and ids, layer and volume
    data[at : at + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)  # a quarter turn
    path.write_bytes(data)
    with Video(path) as video:
        frame = next(iter(video))
    assert frame.image.shape == (128, 96, 3)
    assert frame.image[:60].mean() > 240 and frame.image[70:].mean() < 15


@pytest.mark.parametrize(("content", "match"), [(b"", "0 bytes"), (b"no video" * 99, "finds none"), (None, "not there")])
def test_what_is_no_video(content, match, tmp_path):
    path = tmp_path / "x.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(VideoError, match=match):
        Video(path)


def test_a_recording_without_its_index(write_video):
    """As a telephone leaves it whose battery ran out: the index of an MP4 is written last."""
    path = write_video(shades(50))
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"moov") - 4])
    with pytest.raises(VideoError, match="broke off before its index was written"):
        Video(path)


def test_a_video_that_breaks_off_gives_what_there_is(write_video):
    noise = np.random.default_rng(0).integers(0, 256, (100, 96, 128, 3), dtype=np.uint8)
    path = write_video(noise, "video.avi", codec="MJPG")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with Video(path) as video:
        frames = list(video)
    assert 20 < len(frames) < 80
    assert video.note is None or "cut off" in video.note


def test_no_frames(write_video, monkeypatch):
    with Video(write_video(shades(3))) as video:
        video._capture.set(video._cv2.CAP_PROP_POS_FRAMES, 10)
        monkeypatch.setattr(video, "_decode", lambda: iter(()))
        with pytest.raises(VideoError, match="without one that can be decoded"):
            list(video)


def test_stopping_early_leaves_no_thread(write_video):
    import threading

    before = threading.active_count()
    with Video(write_video(shades(60))) as video:
        for frame in video:
            if frame.index == 3:
                break
    assert threading.active_count() == before


def test_an_error_while_decoding_is_raised_where_frames_are_read(write_video, monkeypatch):
    def broken():
        yield 0.0, np.zeros((9, 9, 3), np.uint8)
        raise OSError("the disk went away")

    with Video(write_video(shades(3))) as video:
        monkeypatch.setattr(video, "_decode", broken)
        with pytest.raises(OSError, match="went away"):
            list(video)


def test_a_camera_gives_the_newest_frame(write_video):
    """A slow reader misses frames instead of lagging behind."""
    with Camera(str(write_video(shades(50), rate=50))) as camera:
        frames = []
        for frame in camera:
            frames.append(frame)
            time.sleep(0.1)
    assert 4 <= len(frames) <= 20 and [f.index for f in frames] == list(range(len(frames)))
    assert frames[-1].time_s > 0.5 and frames[-1].image.mean() > frames[1].image.mean()


def test_a_camera_that_disappears_ends_the_frames(monkeypatch, write_video):
    monkeypatch.setattr(capture, "CAMERA_PATIENCE", 0.3)
    with Camera(str(write_video(shades(5)))) as camera:
        camera._pause = 0.0  # as a camera, not as a file
        start = time.monotonic()
        assert 1 <= len(list(camera)) <= 5
        assert 0.2 < time.monotonic() - start < 5


def test_no_camera():
    with pytest.raises(VideoError, match=r"Expected a camera.*Received: 97"):
        Camera(97)


def test_opencv_that_does_not_load(write_video, monkeypatch):
    path = write_video(shades(2))
    monkeypatch.setitem(sys.modules, "cv2", None)  # as where a system library is missing
    for source in (Video, Camera):
        with pytest.raises(VideoError, match="libgl1"):
            source(path)
