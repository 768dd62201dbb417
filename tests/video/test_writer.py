import os

import numpy as np
import pytest

from emotion_lib.faces.detection import Face
from emotion_lib.inference.results import Prediction
from emotion_lib.video.encoders import can_encode_h264
from emotion_lib.video.frames import Frame, VideoError
from emotion_lib.video.moments import Moment
from emotion_lib.video.reader import Video
from emotion_lib.video.writer import VideoWriter

RATE = 25  # frames per second
needs_ffmpeg = pytest.mark.skipif(
    not can_encode_h264((96, 64), RATE), reason="ffmpeg with libx264 is not installed"
)


@pytest.fixture
def no_ffmpeg(tmp_path, monkeypatch):
    """Hide the program ffmpeg, as on a machine without it."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture(params=[pytest.param("ffmpeg", marks=needs_ffmpeg), "opencv"])
def either(request):
    """Run a test with both encoders."""
    if request.param == "opencv":
        request.getfixturevalue("no_ffmpeg")


def empty_moment(index=0, time_s=0.0, shape=(64, 96, 3)):
    return Moment(Frame(index, time_s, np.zeros(shape, np.uint8)), (), ())


@pytest.mark.usefixtures("either")
def test_a_copy_is_annotated_and_as_long_as_the_original(tmp_path):
    """Also if frames are shown for different times, and sides are odd."""
    image = np.full((301, 401, 3), 90, np.uint8)
    prediction = Prediction(Face((150, 100, 80, 90), 0.9), {"happy": 0.9, "sad": 0.1}, "happy")
    path = tmp_path / "new" / "a.mp4"
    with VideoWriter(path, RATE) as writer:
        for index, time_s in enumerate([0, 0.04, 0.4, 0.44, 1.0]):
            writer.write(Moment(Frame(index, time_s, image), (1,), (prediction,)))
    with Video(writer.path) as copy:
        frames = list(copy)
    assert len(frames) == 26
    assert frames[0].image.shape == (300, 400, 3)
    assert np.abs(frames[0].image.astype(int) - 90).max() > 100  # a box and a label


def copied(path, times, rate):
    """Write a copy of frames at these times.

    Returns:
        The number of written frames after each, the copy's length, and whether it was shortened.
    """
    counts = []
    with VideoWriter(path, rate) as writer:
        for index, time_s in enumerate(times):
            writer.write(empty_moment(index, time_s))
            counts.append(writer._written)
    with Video(writer.path) as copy:
        assert len(list(copy)) == counts[-1]
        return counts, copy.seconds, writer.shortened


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize(
    ("times", "rate", "seconds"),
    [
        ([0, 0.001, 0.052, 0.072, 0.118, 0.146, 0.184, 0.234], 27.0, 0.27),  # of a browser
        # A second, a pause of five seconds, and three seconds.
        ([*np.arange(25) / 25, *(6 + np.arange(75) / 25)], 25.0, 9.0),
        (np.arange(480) / 240, 240.0, 2.0),  # at high speed: 60 frames per second are enough
        (np.arange(90) * 60.0, 1 / 60, 5400.0),  # a time lapse of 90 minutes
    ],
)
def test_a_copy_is_as_long_as_the_original_at_any_spacing(times, rate, seconds, tmp_path):
    """Within one frame."""
    counts, found, shortened = copied(tmp_path / "a.mp4", times, rate)
    assert not shortened
    assert found == pytest.approx(seconds, abs=1.01 / min(rate, 60))
    assert counts[-1] <= 3 * len(times)


def test_a_pause_costs_a_bounded_number_of_frames(tmp_path):
    """As in a video of two frames that claims hours."""
    counts, _, shortened = copied(tmp_path / "a.mp4", [0, 1e6, 1e6 + 0.04, 2e6], 1000.0)
    assert counts[-1] <= 100 * 4 + 250
    assert shortened
    assert counts[2] - counts[1] >= 1  # the frame after it is written too


@pytest.mark.usefixtures("either")
def test_frames_of_another_size_are_resized(tmp_path):
    with VideoWriter(tmp_path / "a.mp4", RATE) as writer:
        for index, shape in enumerate([(64, 96, 3), (32, 48, 3), (128, 96, 3)]):
            writer.write(empty_moment(index, index / RATE, shape))
    with Video(writer.path) as copy:
        assert len(list(copy)) == 3


@pytest.mark.usefixtures("either")
def test_a_copy_of_any_name(tmp_path):
    name = os.fsdecode(b"caf\xe9: 1.mp4")
    try:
        (tmp_path / name).touch()
    except OSError:
        pytest.skip("this file system does not take the name")
    assert copied(tmp_path / name, [0, 0.04], RATE)[0] == [1, 2]


def test_a_copy_that_cannot_be_written(tmp_path):
    (tmp_path / "a.mp4").mkdir()
    with (
        VideoWriter(tmp_path / "a.mp4", RATE) as writer,
        pytest.raises(VideoError, match="Choose another file"),
    ):
        writer.write(empty_moment())


@pytest.mark.usefixtures("either")
def test_a_full_disk_leaves_a_playable_video(tmp_path, monkeypatch):
    usage = type("usage", (), {"free": 2**20})
    with VideoWriter(tmp_path / "a.mp4", RATE) as writer:
        writer.write(empty_moment())
        monkeypatch.setattr("emotion_lib.video.writer.shutil.disk_usage", lambda path: usage)
        with pytest.raises(OSError, match="less than 16 MiB"):
            writer.write(empty_moment())
    with Video(writer.path) as copy:
        assert len(list(copy)) == 1


@pytest.mark.usefixtures("no_ffmpeg")
def test_without_ffmpeg_a_copy_is_webm(tmp_path, capfd):
    with VideoWriter(tmp_path / "a.mp4", RATE) as writer:
        writer.write(empty_moment())
    assert [path.name for path in tmp_path.iterdir()] == ["a.webm"]
    assert writer.path == tmp_path / "a.webm"
    assert "ffmpeg" in writer.notes[0]
    assert capfd.readouterr().err == ""  # OpenCV has its own view of VP8


@pytest.mark.usefixtures("no_ffmpeg")
def test_a_webm_replaces_no_other_file(tmp_path):
    (tmp_path / "a.webm").write_bytes(b"the original, perhaps")
    with (
        VideoWriter(tmp_path / "a.mp4", RATE) as writer,
        pytest.raises(VideoError, match=r"a\.webm.*another file"),
    ):
        writer.write(empty_moment())
    assert (tmp_path / "a.webm").read_bytes() == b"the original, perhaps"


def test_a_copy_never_replaces_the_original(tmp_path):
    original = tmp_path / "a.mp4"
    original.write_bytes(b"video")
    with (
        VideoWriter(original, RATE, sound_of=original) as writer,
        pytest.raises(VideoError, match="the original itself"),
    ):
        writer.write(empty_moment())
    assert original.read_bytes() == b"video"


def test_a_name_of_another_kind_is_refused(tmp_path):
    with pytest.raises(VideoError, match=r"ends with \.mp4"):
        VideoWriter(tmp_path / "a.avi", RATE)


@needs_ffmpeg
def test_sound_that_cannot_be_copied_is_left_out(tmp_path):
    (tmp_path / "sound.wav").write_bytes(b"no sound")
    with VideoWriter(tmp_path / "a.mp4", RATE, sound_of=tmp_path / "sound.wav") as writer:
        writer.write(empty_moment())
    assert writer.notes == ["without sound, as ffmpeg could not copy it"]
    with Video(writer.path) as copy:
        assert len(list(copy)) == 1


@pytest.mark.usefixtures("either")
def test_a_large_copy_is_made_smaller(tmp_path):
    image = np.full((1200, 1600, 3), 90, np.uint8)
    prediction = Prediction(Face((400, 400, 800, 600), 0.9), {"happy": 0.9, "sad": 0.1}, "happy")
    with VideoWriter(tmp_path / "a.mp4", RATE, max_side=320) as writer:
        writer.write(Moment(Frame(0, 0.0, image), (1,), (prediction,)))
    with Video(writer.path) as copy:
        (frame,) = copy
        assert copy.size == (320, 240)
    rows, columns = np.nonzero(np.abs(frame.image.astype(int) - 90).max(axis=2) > 60)
    assert columns.min() == pytest.approx(80, abs=4)
    assert columns.max() == pytest.approx(240, abs=4)
    assert rows.max() == pytest.approx(200, abs=4)
