import os

import numpy as np
import pytest
from conftest import REAL_DATA
from PIL import Image

from emotion_lib.datasets.sources import fer2013
from emotion_lib.datasets.sources.synthetic import draw_face
from emotion_lib.inference.predictor import NOT_SURE, Predictor
from emotion_lib.labels import SEVEN_EXPRESSIONS
from emotion_lib.video import timeline
from emotion_lib.video.capture import Frame, Video, VideoError
from emotion_lib.video.moments import Moment, VideoWriter, read_moments, show_live

RATE = 25


@pytest.fixture(scope="module")
def shipped():
    return Predictor.load()


def scene(faces, seconds, moving=3):
    """Faces ``(side, side, 3)``, each shown for some seconds, pasted on a background that moves under them."""
    noise = Image.fromarray(np.random.default_rng(1).integers(60, 200, (12, 16, 3), dtype=np.uint8))
    background = np.asarray(noise.resize((640, 480), Image.Resampling.BICUBIC))
    for index in range(round(seconds * len(faces) * RATE)):
        frame = np.roll(background, moving * index, axis=1).copy()
        face = faces[int(index / RATE / seconds)]
        x = 240 + round(30 * np.sin(index / 20))
        frame[140 : 140 + len(face), x : x + len(face)] = face
        yield frame


def known_faces(predictor):
    """Faces whose expression the model reads rightly and surely: real ones, enlarged, where the data is; else drawn."""
    if REAL_DATA:
        test = fer2013.load(REAL_DATA).test
        images, truth = test.images, test.labels
    else:
        rng = np.random.default_rng(5)
        truth = np.repeat(
            [SEVEN_EXPRESSIONS.index(name) for name in ("happy", "surprise", "neutral")], 30
        )
        images = np.stack(
            [np.asarray(draw_face(SEVEN_EXPRESSIONS[label], rng, 48)) for label in truth]
        )
    chosen, labels = [], []
    for label in ("happy", "surprise", "happy", "surprise", "neutral"):
        for row in np.flatnonzero(truth == SEVEN_EXPRESSIONS.index(label))[:200]:
            large = np.asarray(
                Image.fromarray(images[row])
                .convert("RGB")
                .resize((192, 192), Image.Resampling.BICUBIC)
            )
            frames = list(scene([large], 0.2))
            sure = [
                len(found) == 1 and found[0].probabilities[label] > 0.6
                for found in predictor.predict(frames)
            ]
            if all(sure) and not any(np.array_equal(large, face) for face in chosen):
                chosen.append(large)
                labels.append(label)
                break
        else:
            if label != "neutral":
                raise AssertionError(f"no face that the model reads as {label}")
    return chosen, labels


@pytest.mark.parametrize("smoothing", ["exponential", "majority"])
def test_expressions_change_when_they_do(smoothing, shipped, write_video, tmp_path):
    """Within 0.2 s of the truth, and with one number throughout."""
    faces, labels = known_faces(shipped)
    path, seconds = write_video(scene(faces, 1.6), rate=RATE), 1.6
    with Video(path) as source, timeline.Timeline(tmp_path / "t.csv") as lines:
        for moment in read_moments(source, shipped, smoothing=smoothing):
            lines.write(moment)
    table = timeline.read(tmp_path / "t.csv")
    table = table[table["track_id"] == table["track_id"].mode()[0]]
    assert len(table) > 0.9 * len(faces) * seconds * RATE
    for index, label in enumerate(labels):
        start = index * seconds
        shown = table[(table["time_s"] >= start + 0.2) & (table["time_s"] < start + seconds)]
        assert (shown["label"] == label).all(), (
            index,
            label,
            shown[["time_s", "label"]].values.tolist(),
        )


def test_a_moment_is_what_the_frame_shows(shipped, photograph):
    portrait = np.asarray(Image.open(photograph).convert("RGB"))
    frames = [Frame(i, i / RATE, portrait) for i in range(3)]
    moments = list(read_moments(frames, shipped))
    assert [m.track_ids for m in moments] == [(1,)] * 3 and moments[2].frame is frames[2]
    assert all(m.predictions[0].label == "happy" for m in moments)
    (sure,) = next(read_moments(frames[:1], shipped, abstain=1.0)).predictions
    assert sure.label == NOT_SURE


def test_frames_without_faces(shipped):
    frames = [Frame(i, i / RATE, np.full((240, 320, 3), 90, np.uint8)) for i in range(3)]
    assert [m.predictions for m in read_moments(frames, shipped)] == [()] * 3


def test_annotated_video_keeps_its_length(shipped, photograph, tmp_path):
    """Also where frames stand for different times, and sides are odd."""
    portrait = np.asarray(Image.open(photograph).convert("RGB"))[:301, :401]
    times = [0, 0.04, 0.4, 0.44, 1.0]
    with VideoWriter(tmp_path / "new" / "a.mp4", RATE) as writer:
        for moment in read_moments([Frame(i, t, portrait) for i, t in enumerate(times)], shipped):
            writer.write(moment)
    with Video(tmp_path / "new" / "a.mp4") as copy:
        frames = list(copy)
    assert len(frames) == 26 and frames[0].image.shape == (300, 400, 3)
    assert (
        np.abs(frames[0].image.astype(int) - portrait[:300, :400]).max() > 100
    )  # a box and a label


def copied(path, times, rate):
    """Write a copy of frames at these times; returns the numbers of written frames after each, the copy's length, and
    whether it was shortened."""
    picture = np.zeros((64, 96, 3), np.uint8)
    counts = []
    with VideoWriter(path, rate) as writer:
        for index, time_s in enumerate(times):
            writer.write(Moment(Frame(index, time_s, picture), (), ()))
            counts.append(writer._written)
    with Video(path) as copy:
        assert len(list(copy)) == counts[-1]
        return counts, copy.seconds, writer.shortened


@pytest.mark.parametrize(
    ("times", "rate", "seconds"),
    [
        ([0, 0.001, 0.052, 0.072, 0.118, 0.146, 0.184, 0.234], 27.0, 0.27),  # of a browser
        (
            [*np.arange(25) / 25, *(6 + np.arange(75) / 25)],
            25.0,
            9.0,
        ),  # a second, a pause of five, three seconds
        (np.arange(480) / 240, 240.0, 2.0),  # at high speed: 60 frames a second are enough
        (np.arange(90) * 60.0, 1 / 60, 5400.0),  # a time lapse, of 90 minutes
    ],
)
def test_annotated_video_is_as_long_as_the_original(times, rate, seconds, tmp_path):
    """Within a frame, however the original's frames are spaced."""
    counts, found, shortened = copied(tmp_path / "a.mp4", times, rate)
    assert not shortened
    assert found == pytest.approx(seconds, abs=1.01 / min(rate, 60))
    assert counts[-1] <= 2.5 * len(times)


def test_a_pause_costs_a_bounded_number_of_frames(tmp_path):
    """As in a video of two frames that claims hours."""
    counts, _, shortened = copied(tmp_path / "a.mp4", [0, 1e6, 1e6 + 0.04, 2e6], 1000.0)
    assert counts[-1] <= 100 * 4 + 250 and shortened
    assert counts[2] - counts[1] >= 1  # and goes on after it


def test_frames_of_another_size_are_fitted(tmp_path):
    with VideoWriter(tmp_path / "a.mp4", RATE) as writer:
        for index, shape in enumerate([(64, 96, 3), (32, 48, 3), (128, 96, 3)]):
            writer.write(Moment(Frame(index, index / RATE, np.zeros(shape, np.uint8)), (), ()))
    with Video(tmp_path / "a.mp4") as copy:
        assert len(list(copy)) == 3


def test_annotated_video_of_any_name(tmp_path):
    name = os.fsdecode(b"caf\xe9: 1.mp4")
    try:
        (tmp_path / name).touch()
    except OSError:
        pytest.skip("this file system does not take the name")
    assert copied(tmp_path / name, [0, 0.04], RATE)[0] == [1, 2]


def test_annotated_video_that_cannot_be_written(shipped, tmp_path):
    (tmp_path / "a.mp4").mkdir()
    moment = next(read_moments([Frame(0, 0.0, np.zeros((64, 96, 3), np.uint8))], shipped))
    with (
        VideoWriter(tmp_path / "a.mp4", RATE) as writer,
        pytest.raises(VideoError, match="Choose another file"),
    ):
        writer.write(moment)


def test_a_full_disk_leaves_a_playable_video(shipped, tmp_path, monkeypatch):
    moment = next(read_moments([Frame(0, 0.0, np.zeros((64, 96, 3), np.uint8))], shipped))
    with VideoWriter(tmp_path / "a.mp4", RATE) as writer:
        writer.write(moment)
        usage = type("usage", (), {"free": 2**20})
        monkeypatch.setattr("emotion_lib.video.moments.shutil.disk_usage", lambda path: usage)
        with pytest.raises(OSError, match="less than 16 MiB"):
            writer.write(moment)
    with Video(tmp_path / "a.mp4") as copy:
        assert len(list(copy)) == 1


def test_live_with_a_file_as_the_camera(shipped, photograph, write_video):
    portrait = np.asarray(Image.open(photograph).convert("RGB"))
    path = write_video([portrait] * 20, rate=RATE)
    shown, moments = [], []
    seconds = show_live(
        shipped, path, on_moment=moments.append, show=lambda image: shown.append(image) or True
    )
    assert 0.3 < seconds < 5 and len(shown) == len(moments) >= 3
    assert moments[-1].predictions[0].label == "happy" and shown[0].shape == portrait.shape
    seen = []
    show_live(
        shipped, path, show=lambda image: seen.append(image) or len(seen) < 2
    )  # the window is closed
    assert len(seen) == 2


def test_live_without_a_display(shipped, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(VideoError, match=r"DISPLAY is not set.*--no-window"):
        show_live(shipped, 0)
