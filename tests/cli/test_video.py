"""Tests of ``emotion video``."""

import os
import shutil

import pandas as pd
import pytest
from conftest import emotion

from emotion_lib.video.encoders import can_encode_h264
from emotion_lib.video.reader import Video

COPY = "annotated.mp4" if can_encode_h264((320, 320), 25.0) else "annotated.webm"


def stopping(error, after=10):
    """Return a function that reads a video and raises an error after some frames."""
    from emotion_lib.video import moments

    original = moments.read_moments

    def read_some(*arguments, **options):
        for index, moment in enumerate(original(*arguments, **options)):
            if index == after:
                raise error
            yield moment

    return read_some


def test_a_video(clip, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert emotion(monkeypatch, "video", clip, "--annotate", "--smoothing", "majority") == 0
    out, err = capsys.readouterr()
    assert out.startswith("face 1: happy 1.") and "30 frames, 30 faces" in err
    written = {path.name for path in (tmp_path / "clip").glob("[!.]*")}
    assert written == {COPY, "timeline.csv", "timeline.png"}


def test_a_copy_without_ffmpeg(clip, monkeypatch, capsys, tmp_path):
    """A later copy with it replaces that of an earlier run."""
    command = ["video", clip, "--annotate", "--out", tmp_path / "out"]
    with monkeypatch.context() as without:
        without.setenv("PATH", str(tmp_path))
        assert emotion(monkeypatch, *command) == 0
    copy = tmp_path / "out" / "annotated.webm"
    assert f"{copy}: VP8 without sound, as the program ffmpeg" in capsys.readouterr().err
    assert copy.is_file()
    assert emotion(monkeypatch, *command) == 0
    assert [path.name for path in (tmp_path / "out").glob("annotated.*")] == [COPY]


def test_every_tenth_frame(clip, monkeypatch, capsys, tmp_path):
    """The times stay true, and the copy has all frames."""
    command = ["video", clip, "--annotate", "--every", 10, "--out", tmp_path / "out"]
    assert emotion(monkeypatch, *command) == 0
    out, err = capsys.readouterr()
    assert "3 frames, 3 faces" in err
    assert out.startswith("face 1: happy 1.2 s")
    table = pd.read_csv(tmp_path / "out" / "timeline.csv")
    assert table["frame"].tolist() == [0, 10, 20]
    assert table["time_s"].tolist() == [0, 0.4, 0.8]
    with Video(tmp_path / "out" / COPY) as copy:
        assert len(list(copy)) == 30
    assert emotion(monkeypatch, "video", clip, "--every", 0) == 2


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (OSError(28, "No space left on device", "x.csv"), 2, "No space left on device: 'x.csv'"),
    ],
)
def test_an_interrupted_video_or_a_full_disk_keeps_what_was_read(
    error, status, message, clip, monkeypatch, capsys, tmp_path
):
    from emotion_lib.video import moments

    monkeypatch.setattr(moments, "read_moments", stopping(error))
    assert emotion(monkeypatch, "video", clip, "--out", tmp_path / "out") == status
    out, err = capsys.readouterr()
    assert message in err and "10 frames" in err and "face 1: happy 0.4 s" in out
    assert len(pd.read_csv(tmp_path / "out" / "timeline.csv")) == 10
    assert (tmp_path / "out" / "timeline.png").is_file()


def test_sigterm_ends_a_video_like_ctrl_c(sigterm, clip, monkeypatch, capsys, tmp_path):
    from emotion_lib.video import moments

    original = moments.read_moments

    def terminated(*arguments, **options):
        for index, moment in enumerate(original(*arguments, **options)):
            if index == 10:
                sigterm()
            yield moment

    monkeypatch.setattr(moments, "read_moments", terminated)
    assert emotion(monkeypatch, "video", clip, "--out", tmp_path / "out") == 130
    out, err = capsys.readouterr()
    assert "interrupted" in err and "face 1: happy 0.4 s" in out
    assert len(pd.read_csv(tmp_path / "out" / "timeline.csv")) == 10


def test_a_name_that_is_not_utf8(clip, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    name = os.fsdecode(b"caf\xe9.mp4")
    try:
        clip.rename(tmp_path / name)
    except OSError:
        pytest.skip("this file system does not take the name")
    assert emotion(monkeypatch, "video", name, "--annotate") == 0
    assert f"written: caf\\xe9/timeline.csv, caf\\xe9/{COPY}" in capsys.readouterr().err
    assert (tmp_path / os.fsdecode(b"caf\xe9") / COPY).stat().st_size > 1000


def test_a_damaged_video(clip, monkeypatch, capsys, tmp_path):
    data = clip.read_bytes()
    middle = data.index(b"mdat") + 4 + (len(data) - data.index(b"mdat")) // 3
    clip.write_bytes(data[:middle] + bytes(2000) + data[middle + 2000 :])
    assert emotion(monkeypatch, "video", clip, "--out", tmp_path / "out") == 1
    assert f"{clip}: damaged, or cut off: " in capsys.readouterr().err
    assert len(pd.read_csv(tmp_path / "out" / "timeline.csv")) > 5


def test_a_full_disk_keeps_the_table_and_names_the_copy(clip, monkeypatch, capsys, tmp_path):
    """The disk takes the small rows, but neither the annotated copy nor the figure."""
    from matplotlib.figure import Figure

    from emotion_lib.video.writer import VideoWriter

    def full(self, target, *arguments, **options):
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(Figure, "savefig", full)
    monkeypatch.setattr(VideoWriter, "write", lambda self, moment: full(self, self.path))
    assert emotion(monkeypatch, "video", clip, "--annotate", "--out", tmp_path / "out") == 2
    out, err = capsys.readouterr()
    assert out.startswith("face 1: happy 1.") and err.count("No space left on device") == 1
    copy = tmp_path / "out" / "annotated.mp4"
    assert f"Received: [Errno 28] No space left on device: '{copy}'" in err
    assert len(pd.read_csv(tmp_path / "out" / "timeline.csv")) == 30
    assert not (tmp_path / "out" / "timeline.png").exists()


def test_a_disk_that_is_full_from_the_start(clip, monkeypatch, capsys, tmp_path):
    from emotion_lib.cli import output_folder

    def full(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(output_folder, "write_text", full)
    assert emotion(monkeypatch, "video", clip, "--out", tmp_path / "out") == 2
    assert f"No space left on device: '{tmp_path / 'out'}'" in capsys.readouterr().err


def test_only_earlier_outputs_are_replaced(clip, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert emotion(monkeypatch, "video", clip, "--annotate") == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "clip").iterdir()}
    copy = tmp_path / "clip" / COPY
    for source, options in ((copy, ["--annotate"]), (copy, [])):
        capsys.readouterr()
        assert emotion(monkeypatch, "video", source, "--out", "clip", *options) == 2
        assert "Choose another --out" in capsys.readouterr().err
        assert {path.name: path.read_bytes() for path in (tmp_path / "clip").iterdir()} == before
    assert emotion(monkeypatch, "video", clip) == 0  # again
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "timeline.png").write_text("another")
    assert emotion(monkeypatch, "video", clip, "--out", "mine") == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["timeline.png"]
    assert emotion(monkeypatch, "video", clip, "--out", clip) == 2


def test_videos_of_one_name_get_separate_folders(clip, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    without_suffix = tmp_path / "party"
    shutil.copy(clip, without_suffix)
    assert emotion(monkeypatch, "video", "party") == 0
    assert (tmp_path / "party_video" / "timeline.csv").is_file()
    without_suffix.unlink()
    for name in ("party.mp4", "party.mov"):
        shutil.copy(clip, tmp_path / name)
        assert emotion(monkeypatch, "video", name) == 0
    assert "party_mov/timeline.csv" in capsys.readouterr().err
    assert (tmp_path / "party" / "timeline.csv").is_file()


def test_a_file_that_is_not_a_video(monkeypatch, capsys, tmp_path):
    (tmp_path / "x.mp4").write_text("hello")
    assert emotion(monkeypatch, "video", tmp_path / "x.mp4", "--out", tmp_path / "out") == 2
    assert "finds none" in capsys.readouterr().err and not (tmp_path / "out").exists()
