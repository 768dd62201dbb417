import itertools
import json
import os
import struct
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from emotion_lib.video import capture
from emotion_lib.video.capture import (
    LONGEST_PAUSE,
    Camera,
    Clock,
    Video,
    VideoError,
    openable,
)


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
        np.testing.assert_allclose(
            [f.time_s for f in video], [0, 0.1, 0.4, 0.6, 1.1, 1.2], atol=0.011
        )


def test_a_portrait_recording_is_upright(write_video):
    """A telephone stores its sensor's rows and says in the header which way up they go."""
    picture = np.zeros((96, 128, 3), np.uint8)
    picture[:, :64] = 255
    path = write_video([picture] * 5)
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + 20 + 16  # version and flags, times and ids, layer and volume
    data[at : at + 36] = struct.pack(
        ">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30
    )  # a quarter turn
    path.write_bytes(data)
    with Video(path) as video:
        frame = next(iter(video))
    assert frame.image.shape == (128, 96, 3)
    assert frame.image[:60].mean() > 240 and frame.image[70:].mean() < 15


@pytest.mark.parametrize(
    ("content", "match"), [(b"", "0 bytes"), (b"no video" * 99, "finds none"), (None, "not there")]
)
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


def test_frames_behind_a_damaged_one_are_read(write_video):
    """OpenCV ends at the first packet that cannot be decoded; what follows is as good as before."""
    noise = np.random.default_rng(0).integers(0, 256, (60, 96, 128, 3), dtype=np.uint8)
    path = write_video(noise, "video.avi", codec="MJPG")
    data = bytearray(path.read_bytes())
    start = [at for at in range(len(data) - 4) if data[at : at + 4] == b"00dc"][30] + 8
    data[start : start + 300] = bytes(300)  # the header of one picture
    path.write_bytes(data)
    with Video(path) as video:
        frames = list(video)
    assert len(frames) == 59 and frames[-1].time_s == pytest.approx(59 / 25)
    assert video.note.startswith("damaged, or cut off: ")


def test_a_playlist_is_no_video(write_video, tmp_path):
    """It would open other files."""
    write_video(shades(3), "other.mp4")
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile other.mp4\n")
    with pytest.raises(VideoError, match="a playlist"):
        Video(tmp_path / "list.mp4")


@pytest.mark.parametrize(
    "name", ["talk: part 1.mp4", "100%d.mp4", "ünï.mp4", os.fsdecode(b"caf\xe9.mp4")]
)
def test_any_name(name, write_video, tmp_path, monkeypatch):
    try:
        write_video(shades(5), "plain.mp4").rename(tmp_path / name)
    except OSError:
        pytest.skip("this file system does not take the name")
    monkeypatch.chdir(tmp_path)
    with Video(name) as video:
        assert len(list(video)) == 5
    with Camera(name) as camera:
        assert len(list(camera)) >= 1
    (tmp_path / "absent").mkdir()
    with openable(tmp_path / "absent" / name) as opened:
        opened.encode("utf-8", "strict")
        with open(opened, "w") as file:
            file.write("written")
    assert (tmp_path / "absent" / name).read_text() == "written"


# ---- timestamps -----------------------------------------------------------------------------------------------------


def times(positions, interval=0.04):
    clock = Clock(interval)
    found = [clock.time(a, b) for a, b in itertools.pairwise([*positions, None])]
    assert all(a < b for a, b in itertools.pairwise(found))
    return found, clock.jumps


@pytest.mark.parametrize(
    ("positions", "expected", "jumps"),
    [
        ([0, 0.04, 0.08], [0, 0.04, 0.08], 0),
        ([0.08, 0.12, 0.16], [0, 0.04, 0.08], 0),  # from the first frame
        ([0, 0.04, 5.0, 5.04], [0, 0.04, 5.0, 5.04], 0),  # a pause
        ([0, 0.04, 0.12, 0.08, 0.16], [0, 0.04, 0.12, 0.124, 0.16], 0),  # a wrong order
        ([0, 0, 0.08, 0.08, 0.16], [0, 0.04, 0.08, 0.084, 0.16], 0),  # twice the same
        ([0.04, 0.08, 0, 0], [0, 0.04, 0.08, 0.12], 0),  # none at the end, as of B-frames in AVI
        ([0, 0, 0, 0], [0, 0.04, 0.08, 0.12], 0),  # none at all
        ([0, float("nan"), float("inf"), 0.12], [0, 0.04, 0.08, 0.12], 0),
        ([0, 0.04, 400.0, 0.12, 0.16], [0, 0.04, 0.08, 0.12, 0.16], 0),  # one that is wrong
        ([50, 50.04, 1.0, 50.12, 50.16], [0, 0.04, 0.08, 0.12, 0.16], 0),
        (
            [50, 50.04, 50.08, 2.0, 2.04],
            [0, 0.04, 0.08, 0.12, 0.16],
            1,
        ),  # two recordings in one file
        ([0, 0.04, 1e9, 1e9 + 0.04], [0, 0.04, 0.08, 0.12], 1),
        ([0, 0.04, -1e9, -1e9 + 0.04], [0, 0.04, 0.08, 0.12], 1),
    ],
)
def test_timestamps_rule_within_bounds(positions, expected, jumps):
    found, jumped = times(positions)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert jumped == jumps


def test_a_clock_that_stands_still(monkeypatch):
    found, jumps = times([1.0] * 100)
    assert found[-1] == pytest.approx(0.04 * 90, rel=0.05) and jumps == 0


def test_a_time_lapse_keeps_its_own_pauses():
    found, jumps = times([0, 3600, 7200, 10800], interval=3600)
    assert found == [0, 3600, 7200, 10800] and jumps == 0
    assert LONGEST_PAUSE < 3600


@pytest.mark.parametrize(
    ("rate", "milliseconds", "interval"),
    [
        (1000, [0, 1, 52, 72, 118, 146, 184, 234], 0.038),  # of a browser: the rate is its clock's
        (25, [0, 40, 80, 120], 0.04),
        (24, [0, 42, 83, 125, 167], 1 / 24),  # more exact than milliseconds
        (11.1, [0, 40, 80, 5080, 5120], 0.04),  # an average
        (0.0208, [0, 240000, 60000, 180000, 120000], 60),  # in the order of decoding
        (30, [0, 0, 0], 1 / 30),
        (90000, [0], 0.04),
        (float("nan"), [], 0.04),
    ],
)
def test_interval_between_frames(rate, milliseconds, interval):
    assert capture._interval([each / 1000 for each in milliseconds], rate) == pytest.approx(
        interval
    )


def test_interval_of_a_video(write_video):
    for rate in (0.5, 5, 25, 120):
        with Video(write_video(shades(5), rate=rate)) as video:
            assert video.interval == pytest.approx(1 / rate) and len(list(video)) == 5
            assert video.note is None


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


def test_a_file_as_a_camera_plays_by_its_timestamps(write_video, monkeypatch):
    """Not by the rate that its container claims."""
    path = write_video(shades(3), rate=25)
    real = capture._interval
    monkeypatch.setattr(capture, "_interval", lambda timestamps, rate: real(timestamps, 1000.0))
    with Camera(path) as camera:
        assert camera._pause == pytest.approx(0.04)


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


# ---- damage ---------------------------------------------------------------------------------------------------------

FUZZ = """
import itertools, json, random, sys
from pathlib import Path
from emotion_lib.video.capture import Video, VideoError

def damaged(data, rng):
    data = bytearray(data)
    at = rng.randrange(len(data))
    kind = rng.choice(["cut", "flip", "zero", "noise", "hole", "insert"])
    if kind == "cut":
        del data[at:]
    elif kind == "flip":
        for _ in range(20):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == "zero":
        data[at : at + 500] = bytes(len(data[at : at + 500]))
    elif kind == "noise":
        data[at : at + 500] = rng.randbytes(len(data[at : at + 500]))
    elif kind == "hole":
        del data[at : at + 500]
    else:
        data[at:at] = rng.randbytes(500)
    return kind, bytes(data)

for path in map(Path, sys.argv[1:]):
    whole = path.read_bytes()
    for seed in range(20):
        kind, data = damaged(whole, random.Random(seed))
        path.write_bytes(data)
        answer = {"file": path.name, "kind": kind, "seed": seed}
        try:
            with Video(path) as video:
                times = [frame.time_s for frame in itertools.islice(video, 1000)]
            answer |= {"frames": len(times), "note": video.note, "rising": all(a < b for a, b in itertools.pairwise(times))}
        except VideoError as error:
            answer["error"] = str(error)
        print(json.dumps(answer), flush=True)
"""


def test_damaged_videos(write_video):
    """Sixty of them: each is refused, or read with a note of what is wrong, or whole. A crash would end the process."""
    rng = np.random.default_rng(0)
    pictures = [
        np.kron(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8), np.ones((16, 16, 1), np.uint8))
        for _ in range(20)
    ]
    kinds = {"a.mp4": "mp4v", "a.avi": "MJPG", "a.webm": "VP80"}
    paths = [str(write_video(pictures, name, codec=codec)) for name, codec in kinds.items()]
    process = subprocess.run(
        [sys.executable, "-c", FUZZ, *paths],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    answers = [json.loads(line) for line in process.stdout.splitlines()]
    assert process.returncode == 0, (process.returncode, answers[-1:], process.stderr[-500:])
    assert len(answers) == 60
    read = [answer for answer in answers if "error" not in answer]
    assert len(read) > 20 and all(answer["rising"] for answer in read)
    if sys.platform == "linux":  # where FFmpeg's errors are known
        assert [answer for answer in read if answer["frames"] < 20 and answer["note"] is None] == []
