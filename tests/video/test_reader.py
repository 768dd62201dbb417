import json
import struct
import subprocess
import sys
import threading

import numpy as np
import pytest
from PIL import Image

from emotion_lib.video.frames import VideoError
from emotion_lib.video.reader import Video


def noise_video(write_video, count):
    """Write a video of noise, in which every frame is a different picture."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (count, 96, 128, 3), dtype=np.uint8)
    return write_video(noise, "video.avi", codec="MJPG")


def test_frames_at_their_times(write_video, shades):
    with Video(write_video(shades(30), rate=25)) as video:
        frames = list(video)
    assert [frame.index for frame in frames] == list(range(30))
    np.testing.assert_allclose([f.time_s for f in frames], np.arange(30) / 25, atol=0.002)
    assert frames[0].image.shape == (96, 128, 3)
    assert abs(int(frames[8].image.mean()) - 44) <= 3
    assert video.frames_per_second == pytest.approx(25)
    assert video.seconds == pytest.approx(1.2)
    assert video.note is None


def test_variable_frame_rate(tmp_path, shades):
    """Times are the container's, not the number of frames over a rate."""
    pictures = [Image.fromarray(picture) for picture in shades(6)]
    pauses = [100, 300, 200, 500, 100, 100]  # ms
    pictures[0].save(tmp_path / "v.gif", save_all=True, append_images=pictures[1:], duration=pauses)
    with Video(tmp_path / "v.gif") as video:
        times = [frame.time_s for frame in video]
    np.testing.assert_allclose(times, [0, 0.1, 0.4, 0.6, 1.1, 1.2], atol=0.011)


def test_a_portrait_recording_is_upright(write_video):
    """A telephone stores its sensor's rows, and their orientation in the header."""
    picture = np.zeros((96, 128, 3), np.uint8)
    picture[:, :64] = 255
    path = write_video([picture] * 5)
    data = bytearray(path.read_bytes())
    # Behind version and flags, times and ids, layer and volume.
    start = data.index(b"tkhd") + 4 + 4 + 20 + 16
    quarter_turn = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    data[start : start + 36] = quarter_turn
    path.write_bytes(data)
    with Video(path) as video:
        frame = next(iter(video))
    assert frame.image.shape == (128, 96, 3)
    assert frame.image[:60].mean() > 240
    assert frame.image[70:].mean() < 15


@pytest.mark.parametrize(
    ("content", "match"), [(b"", "0 bytes"), (b"no video" * 99, "finds none"), (None, "not there")]
)
def test_files_that_are_no_videos(content, match, tmp_path):
    path = tmp_path / "x.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(VideoError, match=match):
        Video(path)


def test_a_playlist_is_no_video(write_video, shades, tmp_path):
    """It would open other files."""
    write_video(shades(3), "other.mp4")
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile other.mp4\n")
    with pytest.raises(VideoError, match="a playlist"):
        Video(tmp_path / "list.mp4")


def test_a_recording_without_its_index(write_video, shades):
    """As a telephone whose battery ran out leaves it: the index of an MP4 is written last."""
    path = write_video(shades(50))
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"moov") - 4])
    with pytest.raises(VideoError, match="broke off before its index was written"):
        Video(path)


def test_a_video_that_breaks_off_gives_the_frames_before(write_video):
    path = noise_video(write_video, 100)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with Video(path) as video:
        frames = list(video)
    assert 20 < len(frames) < 80
    assert video.note is None or "cut off" in video.note


def test_frames_behind_a_damaged_one_are_read(write_video):
    """OpenCV ends at the first packet that cannot be decoded, although later ones are whole."""
    path = noise_video(write_video, 60)
    data = bytearray(path.read_bytes())
    starts = [start for start in range(len(data) - 4) if data[start : start + 4] == b"00dc"]
    header = starts[30] + 8
    data[header : header + 300] = bytes(300)
    path.write_bytes(data)
    with Video(path) as video:
        frames = list(video)
    assert len(frames) == 59
    assert frames[-1].time_s == pytest.approx(59 / 25)
    assert video.note.startswith("damaged, or cut off: ")


def test_interval_of_a_video(write_video, shades):
    for rate in (0.5, 5, 25, 120):
        with Video(write_video(shades(5), rate=rate)) as video:
            assert video.interval == pytest.approx(1 / rate)
            assert len(list(video)) == 5
            assert video.note is None


def test_a_video_without_a_frame(write_video, shades, monkeypatch):
    with Video(write_video(shades(3))) as video:
        video._capture.set(video._cv2.CAP_PROP_POS_FRAMES, 10)
        monkeypatch.setattr(video, "_decode", lambda: iter(()))
        with pytest.raises(VideoError, match="without one that can be decoded"):
            list(video)


def test_stopping_early_leaves_no_thread(write_video, shades):
    before = threading.active_count()
    with Video(write_video(shades(60))) as video:
        for frame in video:
            if frame.index == 3:
                break
    assert threading.active_count() == before


def test_an_error_while_decoding_is_raised_to_the_reader(write_video, shades, monkeypatch):
    def broken():
        yield 0.0, np.zeros((9, 9, 3), np.uint8)
        raise OSError("the disk went away")

    with Video(write_video(shades(3))) as video:
        monkeypatch.setattr(video, "_decode", broken)
        with pytest.raises(OSError, match="went away"):
            list(video)


FUZZ = """
import itertools, json, random, sys
from pathlib import Path
from emotion_lib.video.frames import VideoError
from emotion_lib.video.reader import Video

def damaged(data, rng):
    data = bytearray(data)
    start = rng.randrange(len(data))
    end = min(start + 500, len(data))
    kind = rng.choice(["cut", "flip", "zero", "noise", "hole", "insert"])
    if kind == "cut":
        del data[start:]
    elif kind == "flip":
        for _ in range(20):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == "zero":
        data[start:end] = bytes(end - start)
    elif kind == "noise":
        data[start:end] = rng.randbytes(end - start)
    elif kind == "hole":
        del data[start:end]
    else:
        data[start:start] = rng.randbytes(500)
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
            answer["frames"] = len(times)
            answer["note"] = video.note
            answer["rising"] = all(a < b for a, b in itertools.pairwise(times))
        except VideoError as error:
            answer["error"] = str(error)
        print(json.dumps(answer), flush=True)
"""


def test_damaged_videos(write_video):
    """Each of sixty is refused, read with a note of the damage, or whole.

    They are read in a separate process, which a crash would end.
    """
    rng = np.random.default_rng(0)
    pictures = []
    for _ in range(20):
        blocks = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        pictures.append(np.kron(blocks, np.ones((16, 16, 1), np.uint8)))
    codecs = {"a.mp4": "mp4v", "a.avi": "MJPG", "a.webm": "VP80"}
    paths = [str(write_video(pictures, name, codec=codec)) for name, codec in codecs.items()]
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
    assert len(read) > 20
    assert all(answer["rising"] for answer in read)
    if sys.platform == "linux":  # where FFmpeg's errors are known
        short = [answer for answer in read if answer["frames"] < 20]
        assert [answer for answer in short if answer["note"] is None] == []
