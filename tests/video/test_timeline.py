import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from emotion_lib.faces.detection import Face
from emotion_lib.inference.results import Prediction
from emotion_lib.inference.tables import face_columns
from emotion_lib.labels import EXPRESSION_COLORS
from emotion_lib.video import timeline
from emotion_lib.video.frames import Frame
from emotion_lib.video.moments import Moment
from emotion_lib.video.timeline import Timeline

IMAGE = np.zeros((4, 4, 3), np.uint8)


CLASSES = ("happy", "sad")


def moment(time_s, *labels, was_read=True):
    shares = {"happy": {"happy": 0.9, "sad": 0.1}, "sad": {"happy": 0.2, "sad": 0.8}}
    face = Face((1.04, 2, 3, 4), 0.9)
    predictions = [Prediction(face, shares[label], label) for label in labels]
    track_ids = tuple(range(1, len(labels) + 1))
    frame = Frame(round(time_s * 10), time_s, IMAGE)
    return Moment(frame, track_ids, tuple(predictions), was_read)


@pytest.fixture
def written(tmp_path):
    with Timeline(tmp_path / "new" / "timeline.csv", CLASSES) as lines:
        lines.write(moment(0, "happy"))
        lines.write(moment(0.5, "happy", "sad"))
        lines.write(moment(0.75, "sad"))
        lines.write(moment(1.0))
        lines.write(moment(9.0, "sad"))
    return lines


def test_rows_of_the_table(written):
    head, first, *_ = written.path.read_text().splitlines()
    assert head.startswith("frame,time_s,person,label,detector_score,x,y,width,height,size,roll,")
    assert head.endswith(",mouth_y,happy,sad")
    assert first == "0,0.000,1,happy,0.9,1.0,2,3,4,3.5,,poor,,,,,,,,,0.9,0.1"
    table = timeline.read(written.path)
    assert list(table) == head.split(",")
    assert table["frame"].tolist() == [0, 5, 5, 8, 10, 90]
    faces = table.dropna(subset="person")
    assert faces["person"].tolist() == [1, 1, 2, 1, 1]
    assert faces["sad"].tolist() == [0.1, 0.1, 0.8, 0.8, 0.8]
    assert table.loc[4, "frame":"label"].isna().tolist() == [False, False, True, True]
    assert written.frames == 5
    assert written.faces == 5


def test_seconds_of_each_face_and_label(written):
    assert written.seconds() == {1: {"happy": 0.75, "sad": 0.25}, 2: {"sad": 0.25}}
    summary = timeline.summary_text(written.seconds())
    assert summary == "face 1: happy 0.8 s, sad 0.2 s\nface 2: sad 0.2 s"
    assert "no face" in timeline.summary_text({})


@pytest.mark.parametrize(
    ("interval", "pause", "seconds"),
    [
        (None, 0.5, 0.5),
        (None, 30, 1.0),
        (0.04, 5, 5),
        (0.04, 3600, 10),
        (60, 60, 60),
        (60, 3600, 120),
    ],
)
def test_a_face_counts_as_shown_until_the_next_frame_within_limits(
    interval, pause, seconds, tmp_path
):
    """A camera may hang; a video leaves out frames in which nothing moves; a time lapse has few."""
    with Timeline(tmp_path / "t.csv", CLASSES, interval) as lines:
        lines.write(moment(0, "happy"))
        lines.write(moment(pause))
    assert lines.seconds() == {1: {"happy": seconds}}


def test_frames_that_were_not_read_have_no_row(tmp_path):
    """The faces before them count as still shown."""
    with Timeline(tmp_path / "t.csv", CLASSES, 0.1) as lines:
        for index, label in enumerate(["happy", "happy", "happy", "sad", "sad"]):
            lines.write(moment(index / 10, label, was_read=index % 3 == 0))
    assert timeline.read(lines.path)["frame"].tolist() == [0, 3]
    assert lines.frames == lines.faces == 2
    assert lines.seconds()[1] == pytest.approx({"happy": 0.3, "sad": 0.1})


def test_a_timeline_of_an_earlier_version_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("time_s,frame,track_id,box,probabilities,label\n")
    with pytest.raises(timeline.TimelineError, match="Run `emotion video` again"):
        timeline.read(tmp_path / "t.csv")


def test_rows_are_on_the_disk_as_soon_as_they_are_written(tmp_path):
    with Timeline(tmp_path / "t.csv", CLASSES) as lines:
        lines.write(moment(0, "happy"))
        assert len((tmp_path / "t.csv").read_text().splitlines()) == 2


def test_figure_has_one_panel_per_face(written):
    figure = timeline.figure(timeline.read(written.path))
    assert len(figure.axes) == 2
    assert figure.axes[1].get_xlabel() == "seconds"
    png = io.BytesIO()
    figure.savefig(png, format="png")
    assert len(png.getvalue()) > 5000
    assert len(timeline.figure(timeline.read(written.path), most=1).axes) == 1


def test_figure_has_the_colours_of_the_expressions_and_grays_for_other_classes(tmp_path):
    columns = (*timeline.COLUMNS, *face_columns(), "happy", "bored", "calm")
    table = pd.DataFrame(0.3, index=range(2), columns=columns).assign(person=1, time_s=[0, 1])
    (panel,) = timeline.figure(table).axes
    happy, *others = (to_rgb(area.get_facecolor()[0]) for area in panel.collections)
    assert happy == to_rgb(EXPRESSION_COLORS["happy"])
    for red, green, blue in others:
        assert max(red, green, blue) - min(red, green, blue) < 0.02
    assert others[0] != others[1]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_reported_with_the_file():
    with pytest.raises(OSError, match=r"No space left on device: '/dev/full'"):
        Timeline("/dev/full", CLASSES)


def test_a_disk_that_takes_half_a_row_leaves_whole_rows(tmp_path):
    """Closing it does not fail a second time."""

    class Full(io.FileIO):
        def write(self, data):
            if len(data) < 50:
                raise OSError(28, "No space left on device")
            return super().write(data[:-40])

    with Timeline(tmp_path / "t.csv", CLASSES) as lines:
        lines.write(moment(0, "happy"))
        lines._file.close()
        lines._file = Full(tmp_path / "t.csv", "r+")
        lines._file.seek(0, 2)
        with pytest.raises(OSError, match=r"No space left.*t\.csv"):
            lines.write(moment(0.5, "happy", "sad"))
        assert lines.frames == lines.faces == 1
        assert lines.seconds() == {}
    assert len(timeline.read(tmp_path / "t.csv")) == 1
